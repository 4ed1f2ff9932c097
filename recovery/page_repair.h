// SPDX-License-Identifier: GPL-2.0-only
//
// The writes that make poisoned pages good, one for each strategy.
//
// For one thread. Nothing throws but std::bad_alloc.

#ifndef DAXMEND_RECOVERY_PAGE_REPAIR_H_
#define DAXMEND_RECOVERY_PAGE_REPAIR_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/range.h"
#include "recovery/media.h"

namespace daxmend {

// What happens when an I/O meets poison (the engine's recovery=).
enum class Strategy : unsigned {
  // Nothing: it fails. No PageRepair is made with it.
  kNone,
  // The write itself: the kernel clears the poison under it (Linux 5.19).
  kWrite,
  // The write with the recovery flag, in kernels that have one: without it they
  // refuse, with it they clear and write in one step.
  kFlag,
  // The firmware is asked to clear what the kernel's list says is bad; then the
  // pages are written. In between their contents are undefined. Mainline's list
  // is not changed by such a request (nvdimm_account_cleared_poison in
  // drivers/nvdimm/bus.c changes the region's, Linux 6.1), so that the write
  // must still be one of whole pages, and makes the kernel clear them again.
  kClear,
  // A hole is punched first. The poison stays on the media, where the file
  // system may hand it to somebody else; or to this very write, which then
  // clears it (ext4 does once the journal has committed, as MAP_SYNC makes it).
  // Between the two steps there are zeros, for whoever reads the file meanwhile
  // and after a crash, and no error tells them. Room for the pages is held
  // before: a file system that is full refuses while nothing has happened yet.
  kPunch,
};

// What a recovery did last when it failed.
enum class Step {
  kNone,
  kLock,
  kLook,     // where the poison is
  kShared,   // the pages' blocks are another file's, too
  kSalvage,  // what is good in them
  kClear,
  kReserve,  // room for what is to be punched
  kPunch,
  kWrite,
  kUnreachable  // a page that the kernel took away and lists nowhere
};

// In ticks of whatever clock; differences are what counts. Whoever hands it in
// knows how long a tick is: a sum of differences is exact, a difference of
// times that were converted is not.
using RecoveryClock = std::function<uint64_t()>;
// Told how long each window was: from the first range cleared, or the hole
// punched, to the end of the write, or of the attempt at it.
using WindowObserver = std::function<void(uint64_t ticks)>;

// What became of pages that were to be repaired.
struct Repaired {
  uint64_t done = 0;     // bytes from their beginning on, whole pages, that are
  uint64_t reached = 0;  // bytes from there on to which anything was written
  // Pages behind `done` do not hold what they held: they were cleared or
  // punched, or the first of them was begun.
  bool emptied = false;
  Step step = Step::kNone;
  int error = 0;  // errno of that step; 0 when all is done

  bool punched = false;  // the pages do not lie where they lay
};

class PageRepair {
 public:
  // `media` must outlive it.
  PageRepair(Media* media, Strategy repair, RecoveryClock now,
             WindowObserver window);

  Strategy repair() const { return repair_; }

  // Writes `from` to `pages`, whole and poisoned ones, which lie as `layout`
  // says.
  Repaired Write(FileRange pages, std::span<const std::byte> from,
                 const Layout& layout);

  // Bad sectors of what was punched that the kernel's list still has.
  uint64_t LeftSectors();

 private:
  void ClearAndWrite(FileRange pages, std::span<const std::byte> from,
                     const Layout& layout, Repaired* out);
  void PunchAndWrite(FileRange pages, std::span<const std::byte> from,
                     const Layout& layout, Repaired* out);
  // Writes what is not yet in `out`, and goes on after a short write or an
  // error as long as that may help.
  void WriteOn(FileRange pages, std::span<const std::byte> from,
               const Layout& layout, Repaired* out);
  // Does the file lie and is it poisoned in `pages` as `layout` says? False
  // when that cannot be found out.
  bool Unchanged(FileRange pages, const Layout& layout);

  Media* const media_;
  const Strategy repair_;
  const RecoveryClock now_;
  const WindowObserver window_;
  std::vector<DeviceRange> given_up_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_PAGE_REPAIR_H_
