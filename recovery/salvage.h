// SPDX-License-Identifier: GPL-2.0-only
//
// Putting poisoned pages together in memory, as they are to be written: good
// sectors from the device, bad ones from the backup or as zeros, and over them
// what a write was about to put there. Nothing on the media changes.
//
// For one thread. Nothing throws, and nothing is allocated after construction.

#ifndef DAXMEND_RECOVERY_SALVAGE_H_
#define DAXMEND_RECOVERY_SALVAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/range.h"
#include "recovery/media.h"
#include "recovery/salvage_plan.h"

namespace daxmend {

// What became of the data in pages that were put together.
struct Salvaged {
  uint64_t salvaged_sectors = 0;  // good ones, read from the device
  uint64_t backup_sectors = 0;    // given up, filled from the backup
  uint64_t lost_sectors = 0;      // given up, now zeros
  // Bytes of the file's data in those pages and, of a read, in the rest of what
  // it asked for; those that a write replaces are neither.
  uint64_t saved_bytes = 0;  // are what they were
  uint64_t lost_bytes = 0;   // are zeros now

  void Add(const Salvaged& other);
};

class Salvage {
 public:
  // Pages that are put together at a time, in bytes.
  static constexpr uint64_t kCapacity = 64 * kPageBytes;

  // `media` must outlive it. Throws std::bad_alloc.
  explicit Salvage(Media* media);

  // The content of `pages` (whole ones, at most kCapacity) of a file of `size`
  // bytes, with `fresh` (which begins at `fresh_offset`) over it, and zeros
  // past the end. Valid until the next call. Adds to *counts.
  std::span<const std::byte> Assemble(const SalvagePlan& plan, FileRange pages,
                                      uint64_t size, uint64_t fresh_offset,
                                      std::span<const std::byte> fresh,
                                      Salvaged* counts);

 private:
  struct Run {
    FileRange pages;
    FileRange data;   // of `pages`, below the end of the file
    FileRange fresh;  // of `pages`, what the write replaces
  };

  void ReadGood(const ExtentMap::Piece& piece, const Run& run,
                Salvaged* counts);
  void FillLost(FileRange lost, const Run& run, Salvaged* counts);

  struct Free {
    void operator()(std::byte* p) const;
  };
  Media* const media_;
  const std::unique_ptr<std::byte, Free> memory_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_SALVAGE_H_
