// SPDX-License-Identifier: GPL-2.0-only
//
// Taking a page off the kernel's list of bad sectors without changing a byte of
// it. That is how undo finds the newest bytes: whatever was written to a sector
// after its content was kept, by write(2) before the kernel listed it or
// through a mapping that was there before, lies on the media, and nothing can
// be read while the list has the sector.
//
// A page-aligned write to a DAX file over a listed page clears first and copies
// then (drivers/nvdimm/pmem.c, pmem_recovery_write, called by fs/dax.c,
// dax_iomap_iter; Linux 5.19). From a buffer that cannot be read nothing is
// copied: the page is cleared and off the list, its bytes are what they were,
// and the call ends in EFAULT. On a page that is not listed the same call does
// nothing at all. The block device has no such way.
//
// Of device-dax the kernel clears nothing by itself, and a clear-error command
// takes its sectors off the list (drivers/nvdimm/bus.c,
// nvdimm_account_cleared_poison).
//
// Only for media whose firmware leaves the bytes alone when it clears:
// PoisonDevice::ClearingKeepsBytes().
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_UNDO_UNLIST_H_
#define DAXMEND_INJECT_UNDO_UNLIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "device/device.h"
#include "device/device_media.h"
#include "system/block_device.h"
#include "system/file_descriptor.h"

namespace daxmend {

// A seam, so that undo can be tested without a device.
class Unlisting {
 public:
  virtual ~Unlisting() = default;
  // Tries it on each of `pages`, eight sectors of the disk; the kernel's list
  // tells where it worked. Returns those for which there was a way. Throws
  // nothing but std::bad_alloc.
  virtual std::vector<UnitRange> Unlist(
      const std::vector<UnitRange>& pages) = 0;
};

// By the files that have the pages.
class FileUnlisting : public Unlisting, public LineStore {
 public:
  // `disk`: "pmem0".
  explicit FileUnlisting(std::string disk) : disk_(std::move(disk)) {}
  ~FileUnlisting() override;

  // Lets the pages of a file be unlisted. What is no DAX file on the disk, or
  // cannot be written, is passed over.
  void Add(const std::string& path);
  // The same for an open file (O_RDONLY will do), which `path` only names.
  void Add(int fd, const std::string& path);

  // Looks for the owners of pages that no file above has (FindOwners).
  std::vector<UnitRange> Unlist(const std::vector<UnitRange>& pages) override;

  // By the files above, or the owner; never by one that shares its blocks.
  bool Store(DeviceRange place, std::string_view content) override;

 private:
  struct File {
    FileDescriptor fd;
    BlockDevice device;
    std::string path;
  };
  // Of a device that files are not on.
  std::vector<UnitRange> UnlistByClearing(const std::vector<UnitRange>& units,
                                          PoisonDevice& device);
  // Returns those that are not the file's.
  std::vector<UnitRange> UnlistIn(const File& file,
                                  const std::vector<UnitRange>& pages);
  void AddOpen(FileDescriptor fd, const std::string& path);
  // Adds the owners of `sectors`, of any that can be asked.
  void AddOwners(const std::vector<UnitRange>& sectors);
  static bool StoreIn(const File& file, DeviceRange place,
                      std::string_view content);

  std::string disk_;
  std::vector<File> files_;
  void* unreadable_ = nullptr;  // one page
};

// `files` where the media of `device` can be read below the kernel's list; null
// elsewhere.
Unlisting* UnlistingOf(const PoisonDevice& device, FileUnlisting& files);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_UNDO_UNLIST_H_
