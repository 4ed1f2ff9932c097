// SPDX-License-Identifier: GPL-2.0-only
//
// Recovery's way to the system for a real file: its own descriptor of the file,
// the block device below (read with O_DIRECT, /dev/pmemN), the kernel's list of
// bad sectors, and the backup.
//
// For one thread; every thread opens its own, because that is what makes page
// locks work between threads: they belong to an open file description
// (F_OFD_SETLKW, Linux 3.15). The device and its list are opened once a
// process (media_files.h).

#ifndef DAXMEND_RECOVERY_FILE_MEDIA_H_
#define DAXMEND_RECOVERY_FILE_MEDIA_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/error_clearing.h"
#include "device/shared_list.h"
#include "recovery/backup_file.h"
#include "recovery/listed_poison.h"
#include "recovery/media_files.h"
#include "recovery/watched_media.h"
#include "system/dax_file.h"
#include "system/file_descriptor.h"

namespace daxmend {

class FileMedia : public WatchedMedia {
 public:
  struct Options {
    // The file's name; for messages only where `fd` is given.
    std::string path;
    // The file, open. It is opened anew through this, so that it is the same
    // file whatever has become of its name. Stays open as long as this is used.
    int fd = -1;
    // What is known of `fd`, where somebody has asked already.
    std::optional<DaxFile> described = {};
    // Where the file is opened; null for a descriptor of its own.
    OneDescriptor* descriptor = nullptr;
    // Where lost bytes come from; empty for nowhere.
    std::string backup = {};
    // Repair with O_SYNC or O_DSYNC, as the I/O itself is done.
    int sync_flags = 0;
    // Is the block device needed? Without it only whole pages can be salvaged
    // (SalvageUnit::kPage), for which nobody must be root.
    bool read_device = true;
    // RWF_* bits of flagged reads and writes.
    unsigned recovery_flag = 0;
    // Makes the way to the firmware, where the strategy needs one.
    std::function<std::unique_ptr<ErrorClearing>(const BlockDevice&)> clearing =
        {};
    // The device's own list, where it keeps one and the kernel does not.
    std::shared_ptr<SharedDeviceList> list = {};
  };

  // Throws Error when one may not write the file (recovery writes even when
  // the I/O only reads; on a file system that is mounted read-only it finds
  // out when it has to, by Lock()), the device below it cannot be read, or the
  // backup is missing or is the file itself. A file that is not DAX has no
  // poison.
  explicit FileMedia(Options options);

  ~FileMedia() override { UnmapPages(); }
  FileMedia(const FileMedia&) = delete;
  FileMedia& operator=(const FileMedia&) = delete;

  const DaxFile& file() const override { return file_; }
  // The file, the device and its list.
  void Rest() override;
  void Wake() override { files_.Wake(); }
  bool AnyListed() override;
  int LocateListed(FileRange pages, Layout* layout,
                   std::vector<FileRange>* hidden) override;
  bool KnowsByDevice() const override { return options_.list != nullptr; }
  std::string clearing_reason() const override {
    return clearing_ ? clearing_->reason() : "";
  }

  uint64_t Unit() const override {
    return options_.list ? options_.list->unit_bytes() : kSectorBytes;
  }
  // The driver of a block device clears sectors.
  uint64_t RepairedAtOnce() const override {
    return file_.raw ? kSectorBytes : kPageBytes;
  }
  ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) override;
  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override;
  ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) override;
  ssize_t WriteFlagged(uint64_t offset,
                       std::span<const std::byte> from) override;
  int64_t Size() override;
  int Truncate(uint64_t size) override;
  int Punch(FileRange pages) override;
  // By an unlinked file in the same directory.
  int Reserve(uint64_t bytes) override;
  void Release() override;
  // What the list does not show is found by reading it.
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
  const ListedPoison::Known& ReadList();
  // What `io` gives, called with the file's descriptor: bytes, or -errno.
  template <class Io>
  ssize_t OnFile(Io io);
  int FindHidden(FileRange part, Layout* layout);
  // Reads by loads from the file, whose places were located last.
  ssize_t ReadMapped(DeviceRange from, std::span<std::byte> to);
  // Pages of the file for reading; null with errno. Those of the last call stay
  // mapped until the file is located again: what surrounds a bad line is read
  // in two pieces.
  std::byte* MapPages(FileRange pages);
  void UnmapPages();

  const Options options_;
  MediaFiles files_;
  DaxFile file_;
  const BackupFile backup_;
  ListedPoison listed_;
  std::vector<Extent> located_;
  FileRange mapped_pages_;
  std::byte* mapped_ = nullptr;
  FileDescriptor reserve_;
  uint64_t reserved_ = 0;  // bytes
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> probe_;  // made when it is needed
  std::unique_ptr<ErrorClearing> clearing_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_FILE_MEDIA_H_
