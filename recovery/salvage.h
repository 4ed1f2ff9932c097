// SPDX-License-Identifier: GPL-2.0-only
//
// Putting poisoned pages together in memory, as they are to be written: good
// sectors from the device, bad ones from the backup or as zeros, and over them
// what a write was about to put there. Nothing on the media changes.
//
// For one thread. Nothing throws, and nothing is allocated after construction.

#ifndef DAXMEND_RECOVERY_SALVAGE_H_
#define DAXMEND_RECOVERY_SALVAGE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/range.h"
#include "recovery/media.h"
#include "recovery/salvage_plan.h"

namespace daxmend {

// What became of the data in pages that were put together.
struct Salvaged {
  uint64_t salvaged_sectors = 0;  // good ones, read from the device
  uint64_t backup_sectors = 0;    // given up, filled from the backup
  uint64_t lost_sectors = 0;      // given up, now zeros or anything
  // Bytes of the file's data in those pages and, of a read, in the rest of what
  // it asked for; those that a write has replaced are neither.
  uint64_t saved_bytes = 0;  // are what they were
  uint64_t lost_bytes = 0;   // are zeros now, or undefined

  void Add(const Salvaged& other);
};

// Where pages are put together. Who recovers in one file after the other needs
// one for all of them. Not thread-safe.
class SalvageMemory {
 public:
  // Pages that are put together at a time, in bytes; behind them is a place to
  // read one sector to.
  static constexpr uint64_t kCapacity = 64 * kPageBytes;

  // Throws std::bad_alloc.
  SalvageMemory();
  std::byte* get() const { return memory_.get(); }
  // Takes the pages of it now, so that the first recovery does not pay for
  // them. Nothing is in it afterwards.
  void Touch();

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  const std::unique_ptr<std::byte, Free> memory_;
};

class Salvage {
 public:
  static constexpr uint64_t kCapacity = SalvageMemory::kCapacity;

  // `media` must outlive it.
  Salvage(Media* media, std::shared_ptr<SalvageMemory> memory);

  // Puts the content of `pages` (whole ones, at most kCapacity) of a file of
  // `size` bytes together, with `fresh` (which begins at `fresh_offset`) over
  // it, and zeros past the end. 0, or -errno when a sector could not be read
  // for another reason than being bad: it must not become zeros.
  int Assemble(const SalvagePlan& plan, FileRange pages, uint64_t size,
               uint64_t fresh_offset, std::span<const std::byte> fresh);

  // What Assemble() put together. Valid until it is called again.
  std::span<const std::byte> content() const {
    return {memory_->get(), run_.pages.length()};
  }
  // What becomes of the data in `pages`, a part of those, once they have been
  // written.
  Salvaged Written(FileRange pages) const;
  // The same once `pages`, whole ones, have been cleared, punched or begun to
  // be written, and the write has failed for good: what the file does not hold
  // is lost, and so is what the write was to replace, which has not come.
  // `in_place`: the pages lie where they lay.
  Salvaged GivenUp(FileRange pages, bool in_place);

 private:
  // Where the bytes of a sector came from.
  enum class Source : uint8_t { kNowhere, kDevice, kBackup, kLost };
  struct Run {
    FileRange pages;
    FileRange data;   // of `pages`, below the end of the file
    FileRange fresh;  // of `pages`, what the write replaces
  };

  int ReadGood(const ExtentMap::Piece& piece);
  void FillLost(FileRange lost);
  std::byte* At(uint64_t file) const {
    return memory_->get() + (file - run_.pages.begin);
  }
  size_t SectorOf(uint64_t file) const {
    return static_cast<size_t>((file - run_.pages.begin) >> shift_);
  }
  // Does the file hold what was put together for `sector`?
  bool StillThere(FileRange sector, bool in_place);

  Media* const media_;
  const std::shared_ptr<SalvageMemory> memory_;
  Run run_;
  // Of a sector, or what else poison comes in.
  const uint64_t unit_;
  const int shift_;  // unit_ is 1 << shift_
  std::vector<Source> sources_;
  // Where the sectors from the device lie.
  std::vector<uint64_t> places_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_SALVAGE_H_
