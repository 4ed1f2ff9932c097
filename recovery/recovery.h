// SPDX-License-Identifier: GPL-2.0-only
//
// Getting data back. An I/O that failed on poison comes here; it is finished
// in three steps: save what is left of the poisoned pages (salvage.h), write
// those pages whole (page_repair.h), and serve the I/O.
//
//   Recovery recovery(&media, NanosecondsNow);
//   ssize_t n = pread(fd, to.data(), to.size(), offset);
//   if (n < 0 && IsPoisonError(errno))
//     Outcome outcome = recovery.Read(offset, to, -errno);
//
// An I/O whose recovery fails ends in -EIO, as it would have without one, and
// the outcome says at which step and why. Whatever can be known to fail is
// known before anything is touched: blocks that another file shares (a write to
// them is copied, and reads the poison; Linux 6.1 to 6.12), good sectors that
// cannot be read, a file system without room for what is to be punched. From
// there on what was saved is only in memory, and is written again and again;
// where that fails for good, what the file does not hold any more is counted as
// lost.
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
// kernel would offer. (One that cuts the file short just then finds it long
// again.)
//
// Nothing throws after construction, and nothing is allocated for data; a plan
// allocates a few ranges.

#ifndef DAXMEND_RECOVERY_RECOVERY_H_
#define DAXMEND_RECOVERY_RECOVERY_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "core/range.h"
#include "recovery/media.h"
#include "recovery/page_repair.h"
#include "recovery/salvage.h"
#include "recovery/salvage_plan.h"

namespace daxmend {

// Could `error` be poison, of an I/O whose buffer is good? EIO, or EHWPOISON
// where the kernel tells them apart; EFAULT of a write that it cannot align,
// and of a read whose first byte raised a machine check: the kernel cannot tell
// the file's side of the copy from the buffer's (copy_mc_to_iter, Linux 6.1
// to 7.3).
bool IsPoisonError(int error);

// What a recovery did. Times are in ticks of the clock handed in.
struct Outcome : Salvaged {
  ssize_t result = 0;          // what the I/O returns: bytes, or -errno
  bool met_poison = false;     // poison was found in the range of the I/O
  uint64_t detect_ticks = 0;   // only Overwrite(): until its write failed
  uint64_t salvage_ticks = 0;  // finding the poison, reading around it
  uint64_t repair_ticks = 0;   // the writes, with what goes before each
  Step failed = Step::kNone;   // what the recovery could not do
  int error = 0;               // and its errno
};

class Recovery {
 public:
  struct Setup {
    Strategy repair = Strategy::kWrite;
    SalvageUnit salvage = SalvageUnit::kSector;
    WindowObserver window = {};
    // Null for some of its own.
    std::shared_ptr<SalvageMemory> memory = {};
  };

  // `media` must outlive the recovery. Throws std::bad_alloc.
  Recovery(Media* media, RecoveryClock now)
      : Recovery(media, std::move(now), Setup()) {}
  Recovery(Media* media, RecoveryClock now, Setup setup);

  // Finishes a read that gave `result`: -errno, or fewer bytes than asked.
  Outcome Read(uint64_t offset, std::span<std::byte> to, ssize_t result);

  // Finishes a write that gave `result`: -errno, or fewer bytes than asked.
  Outcome Write(uint64_t offset, std::span<const std::byte> from,
                ssize_t result);

  // Makes a write to where poison is known to be: at once if that is the repair
  // and the kernel does it, like Write() otherwise.
  Outcome Overwrite(uint64_t offset, std::span<const std::byte> from);

  // PageRepair::LeftSectors().
  uint64_t LeftSectors() { return repair_.LeftSectors(); }

 private:
  // What was known when a plan was made, and is checked before it is used.
  struct Look {
    Layout layout;
    SalvagePlan plan;
  };
  // How often it is looked anew before an I/O fails.
  static constexpr int kRounds = 3;
  static constexpr int kMostPauses = 1000;

  // What to do after a step.
  enum class Next {
    kOn,         // it was done
    kLookAgain,  // it was not: something has changed meanwhile, or may do
    kStop,       // the I/O fails, as the outcome says
  };

  static Next Stop(Step step, int error, Outcome* outcome);
  int LookAt(FileRange range, FileRange replaced, Look* look);
  // Looks until something is listed in `range`, or for about a second.
  int AwaitListing(FileRange range, Look* look);
  // May `pages` be written to where they lie?
  bool InPlace(const Look& look, FileRange pages) const;
  // Saves and writes one run of pages, with `fresh` (at `fresh_offset`) merged
  // in.
  Next Rewrite(const Look& look, FileRange pages, uint64_t fresh_offset,
               std::span<const std::byte> fresh, Outcome* outcome);
  // Cuts the file to `size` bytes if it ends at `end` because pages were
  // written whole. 0 or -errno.
  int CutBack(uint64_t size, uint64_t end);
  // Does `round` until it has an end; kLookAgain when it never had. Poison may
  // move or be found while one works.
  template <class Round>
  static Next InRounds(Round round) {
    for (int i = 0; i < kRounds; ++i)
      if (const Next next = round(); next != Next::kLookAgain) return next;
    return Next::kLookAgain;
  }
  // Finish a read, from where the list says that poison is, or from where the
  // flagged read stops.
  void ReadByList(uint64_t offset, std::span<std::byte> to, Outcome* outcome);
  void ReadByFlag(uint64_t offset, std::span<std::byte> to, Outcome* outcome);
  // Writes `from` as it is. Bytes written before any error; sets *error.
  size_t WritePlain(uint64_t offset, std::span<const std::byte> from,
                    int* error, Outcome* outcome);
  // Writes the part of `from` (at `offset`) that replaces `pages`, poisoned
  // ones. Sets *done to where it ends.
  Next Replace(const Look& look, FileRange pages, uint64_t offset,
               std::span<const std::byte> from, size_t* done, Outcome* outcome);
  // One look at `from` past `*done`, and everything that follows from it. Sets
  // *error, which is no recovery's, when a plain write failed.
  Next WriteRound(uint64_t offset, std::span<const std::byte> from,
                  size_t* done, int* error, Outcome* outcome);
  // `begun`: where the first write stopped.
  void FinishWrite(uint64_t offset, std::span<const std::byte> from,
                   size_t begun, Outcome* outcome);
  // The write ends for good in a page that it has begun: if that was poisoned,
  // the rest of it has undefined contents.
  void GiveUpBegunPage(FileRange rest, Outcome* outcome);

  Media* const media_;
  const RecoveryClock now_;
  const SalvageUnit unit_;
  Salvage salvage_;
  PageRepair repair_;
  // What a round saw, and saw again before it wrote: kept for their memory.
  Look look_;
  Layout again_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_RECOVERY_H_
