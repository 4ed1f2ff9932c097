// SPDX-License-Identifier: GPL-2.0-only
//
// Recovery's way to device-dax: loads and stores, a list (its region's, or that
// of CXL devices), and firmware that clears. No call reads, writes or punches
// there; nothing moves, and nothing but the list tells of poison.
//
// For one thread, as FileMedia.

#ifndef DAXMEND_RECOVERY_DEVICE_DAX_MEDIA_H_
#define DAXMEND_RECOVERY_DEVICE_DAX_MEDIA_H_

#include <memory>
#include <string>
#include <vector>

#include "copy/mapped_file.h"
#include "core/error.h"
#include "device/error_clearing.h"
#include "device/shared_list.h"
#include "recovery/backup_file.h"
#include "recovery/watched_media.h"
#include "system/dax_file.h"
#include "system/file_descriptor.h"

namespace daxmend {

// Of device-dax whose list is not to be had.
Error NoDaxList(const std::string& path);

class DeviceDaxMedia : public WatchedMedia {
 public:
  struct Options {
    // The device, open; it is opened anew, for writing.
    int fd = -1;
    DaxFile described = {};
    std::shared_ptr<SharedDeviceList> list = {};
    std::unique_ptr<ErrorClearing> clearing = {};
    std::string backup = {};  // where lost bytes come from; empty for nowhere
  };

  // Throws Error when one may not write to it, the list or the backup is
  // missing, or the backup is the device itself.
  explicit DeviceDaxMedia(Options options);

  const DaxFile& file() const override { return options_.described; }
  void Rest() override;
  void Wake() override { Open(); }
  bool AnyListed() override;
  int LocateListed(FileRange pages, Layout* layout,
                   std::vector<FileRange>* hidden) override;
  bool KnowsByDevice() const override { return true; }
  std::string clearing_reason() const override {
    return options_.clearing ? options_.clearing->reason() : "";
  }

  uint64_t Unit() const override { return options_.list->unit_bytes(); }
  ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) override;
  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override;
  ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) override;
  ssize_t WriteFlagged(uint64_t offset,
                       std::span<const std::byte> from) override;
  int64_t Size() override;
  int Truncate(uint64_t size) override;
  int Punch(FileRange pages) override;
  int Reserve(uint64_t bytes) override;
  void Release() override {}
  int Locate(FileRange pages, Layout* layout) override;
  ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) override;
  int Listed(std::vector<DeviceRange>* bad) override;
  int64_t ClearErrors(DeviceRange bad) override;
  ssize_t ReadBackup(uint64_t offset, std::span<std::byte> to) override {
    return backup_.Read(offset, to);
  }
  int Lock(FileRange pages) override;
  void Unlock(FileRange pages) override;

 private:
  // 0, or -errno.
  int Open();
  // Throws Error.
  const std::vector<DeviceRange>& ReadList();

  Options options_;
  const BackupFile backup_;
  // When they are needed: most devices never hold poison.
  FileDescriptor fd_;
  std::unique_ptr<MappedFile> mapped_;
  uint64_t generation_ = 0;  // of `bad_`
  std::vector<DeviceRange> bad_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_DEVICE_DAX_MEDIA_H_
