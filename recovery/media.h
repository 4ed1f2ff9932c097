// SPDX-License-Identifier: GPL-2.0-only
//
// Everything recovery needs from the system for one file: the seam between the
// logic (recovery.h) and the kernel (file_media.h), and where tests put poison
// of their own.
//
// Nothing here throws: results are bytes or zero, and negative errno values.
// Any call may fail or be short at any time. One that returns -errno has
// changed nothing, except that a write may have cleared poison before it
// failed, and a punch that fails may have punched some of its pages.

#ifndef DAXMEND_RECOVERY_MEDIA_H_
#define DAXMEND_RECOVERY_MEDIA_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/range.h"
#include "system/extent_map.h"

namespace daxmend {

// Where a part of a file lies and which of its bytes are poisoned.
struct Layout {
  uint64_t size = 0;              // of the whole file, in bytes
  std::vector<Extent> extents;    // clipped to the part, ascending
  std::vector<FileRange> poison;  // whole units, normalized
  // What poison comes in, in bytes: a sector, a line. A power of two up to a
  // page.
  uint64_t unit = kSectorBytes;
  bool operator==(const Layout&) const = default;
};

class Media {
 public:
  virtual ~Media() = default;
  // Layout::unit of all of the file, always the same.
  virtual uint64_t Unit() const { return kSectorBytes; }

  // What a write makes good when it succeeds over poison, at least: whole parts
  // of so many bytes. A power of two.
  virtual uint64_t RepairedAtOnce() const { return kPageBytes; }

  // The file as a program sees it.
  virtual ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) = 0;
  virtual ssize_t WriteFile(uint64_t offset,
                            std::span<const std::byte> from) = 0;
  // The same with the recovery flag, in a kernel that takes it for one
  // (RWF_RECOVERY_DATA of the series of October 2021): a read stops in front of
  // the first bad page, with -EIO when that is the first one; a write of whole
  // pages clears what is bad under it.
  virtual ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) = 0;
  virtual ssize_t WriteFlagged(uint64_t offset,
                               std::span<const std::byte> from) = 0;
  // The file's size now, in bytes.
  virtual int64_t Size() = 0;
  virtual int Truncate(uint64_t size) = 0;
  // Gives the place of `pages` back to the file system; they read as zeros.
  virtual int Punch(FileRange pages) = 0;
  // Holds room for `bytes` of new blocks in the file system until Release(), so
  // that a write to what is punched next can be given some. 0, or -errno:
  // -ENOSPC where there is no such room.
  virtual int Reserve(uint64_t bytes) = 0;
  virtual void Release() = 0;

  // Where `pages` (page-aligned, may end past the file) lies now.
  virtual int Locate(FileRange pages, Layout* layout) = 0;

  // Reads whole units past the file system. `to` is aligned to a unit and as
  // long as `from`. -EIO when any of them is bad.
  virtual ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) = 0;

  // Everything bad on the device, as listed now: whole units, normalized.
  virtual int Listed(std::vector<DeviceRange>* bad) = 0;
  // Asks the firmware to clear the errors in `bad` (whole units). Bytes that
  // it says are good now, counted from the beginning, or -errno. What they hold
  // then is anything.
  virtual int64_t ClearErrors(DeviceRange bad) = 0;

  // Lets some time pass, a millisecond or so, in which a list may change.
  virtual void Pause() = 0;

  // Reads the copy of the file that lost bytes come from. Short at its end; 0
  // when there is no copy.
  virtual ssize_t ReadBackup(uint64_t offset, std::span<std::byte> to) = 0;

  // Keeps other recoveries, in this process and in others, away from `pages`
  // until Unlock(). Waits. -EROFS where the file cannot be written.
  virtual int Lock(FileRange pages) = 0;
  virtual void Unlock(FileRange pages) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_MEDIA_H_
