// SPDX-License-Identifier: GPL-2.0-only
//
// Getting data back. An I/O that failed on poison comes here; it is finished
// in three steps: save what is left of the poisoned pages, write those pages
// whole, and serve the I/O. The write makes the media good again (strategy
// `write`), or goes to another place that the file system finds for it
// (`punch`).
//
//   Recovery recovery(&media, NanosecondsNow);
//   ssize_t n = pread(fd, to.data(), to.size(), offset);
//   if (n < 0 && IsPoisonError(errno, false))
//     Outcome outcome = recovery.Read(offset, to, -errno);
//
// What mainline does with poison on fsdax (fs/dax.c dax_iomap_iter,
// drivers/nvdimm/pmem.c pmem_recovery_write, Linux 5.19 to 6.12): a read of any
// part of a poisoned page fails with EIO; a write of whole pages repairs and
// succeeds; a write of a part of a poisoned page fails with EFAULT. Before 5.19
// every write fails with EIO, and so does recovery.
//
// The poisoned page that holds the end of the file has to be written whole as
// well: for a moment the file is longer, up to the end of the page, then it is
// cut back, unless somebody else has changed its size meanwhile.
//
// Concurrency: a Recovery is one thread's, as its Media is. Recoveries of the
// same pages take turns (Media::Lock); the second finds nothing left to do. A
// program that writes to poisoned pages without that lock is noticed when it
// wrote before the salvaged page is, because the list of poison is looked at
// again right before; between that look and the write there is no lock the
// kernel would offer.
//
// Nothing throws, and nothing is allocated for data after construction; a plan
// allocates a few ranges.

#ifndef DAXMEND_RECOVERY_RECOVERY_H_
#define DAXMEND_RECOVERY_RECOVERY_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/range.h"
#include "recovery/media.h"
#include "recovery/salvage_plan.h"

namespace daxmend {

// Could `error` be poison? EIO, or EHWPOISON where the kernel tells them apart;
// for a write also EFAULT, mainline's answer to one it cannot align.
bool IsPoisonError(int error, bool write);

// What a recovery did. Times are nanoseconds of the clock handed in.
struct Outcome {
  ssize_t result = 0;             // what the I/O returns: bytes, or -errno
  bool met_poison = false;        // poison was found in the range of the I/O
  uint64_t detect_ns = 0;         // only Overwrite(): until its write failed
  uint64_t salvage_ns = 0;        // finding the poison, reading around it
  uint64_t repair_ns = 0;         // the writes
  uint64_t salvaged_sectors = 0;  // good ones, read from the device
  uint64_t backup_sectors = 0;    // bad ones, filled from the backup
  uint64_t lost_sectors = 0;      // bad ones, now zeros
  // Bytes of the file's data in the pages that were rewritten and, of a read,
  // in the rest of what it asked for; those that a write replaces are neither.
  uint64_t saved_bytes = 0;  // are what they were
  uint64_t lost_bytes = 0;   // are zeros now
};

// What makes poisoned pages good.
enum class Repair {
  // The write itself: the kernel clears the poison under it.
  kWrite,
  // A hole is punched first. The poison stays on the media, where the file
  // system may hand it to somebody else; or to this very write, which then
  // clears it (ext4 does once the journal has committed, as MAP_SYNC makes it).
  // A crash between the two steps, or a write that fails, leaves zeros.
  kPunch,
};

class Recovery {
 public:
  // Nanoseconds; differences are what counts.
  using Clock = std::function<uint64_t()>;

  // `media` must outlive the recovery.
  Recovery(Media* media, Clock now, Repair repair = Repair::kWrite);

  // Finishes a read that failed with `result` (-errno).
  Outcome Read(uint64_t offset, std::span<std::byte> to, ssize_t result);

  // Finishes a write that gave `result`: -errno, or fewer bytes than asked.
  Outcome Write(uint64_t offset, std::span<const std::byte> from,
                ssize_t result);

  // Makes a write to where poison is known to be: plainly if that is the repair
  // and the kernel does it, like Write() otherwise.
  Outcome Overwrite(uint64_t offset, std::span<const std::byte> from);

 private:
  // What was known when a plan was made, and is checked before it is used.
  struct Look {
    Layout layout;
    SalvagePlan plan;
  };

  // Pages that are rewritten together.
  struct Run {
    FileRange pages;
    FileRange data;   // of `pages`, below the end of the file
    FileRange fresh;  // of `pages`, what the write replaces
  };

  int LookAt(FileRange range, FileRange replaced, Look* look);
  // Saves and writes one run of pages, with `fresh` (at `fresh_offset`) merged
  // in. 0, -errno, or -EAGAIN when the poison changed meanwhile.
  int Rewrite(const Look& look, FileRange run, uint64_t fresh_offset,
              std::span<const std::byte> fresh, Outcome* outcome);
  void ReadGood(const ExtentMap::Piece& piece, const Run& run,
                Outcome* outcome);
  void FillLost(FileRange lost, const Run& run, Outcome* outcome);
  // What has to be done to poisoned pages before they are written.
  int Prepare(FileRange run);
  // Writes `from` as it is. Bytes written before any error; sets *error.
  size_t WritePlain(uint64_t offset, std::span<const std::byte> from,
                    int* error, Outcome* outcome);
  // One look at `from` past `*done`, and everything that follows from it. Sets
  // *found when there was poison. 0 when all is written, -errno, or -EAGAIN.
  int WriteRound(uint64_t offset, std::span<const std::byte> from, size_t* done,
                 bool* found, Outcome* outcome);
  void FinishWrite(uint64_t offset, std::span<const std::byte> from,
                   size_t done, Outcome* outcome);

  struct Free {
    void operator()(std::byte* p) const;
  };
  Media* const media_;
  const Clock now_;
  const Repair repair_;
  const std::unique_ptr<std::byte, Free> scratch_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_RECOVERY_H_
