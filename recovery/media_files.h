// SPDX-License-Identifier: GPL-2.0-only
//
// What recovery has open: the file, for writing, the block device below it
// (read with O_DIRECT, /dev/pmemN) and the kernel's list of its bad sectors.
// Opened when it is needed, for most files never hold poison; what cannot be
// opened is known before, as far as that can be told.
//
// For one thread. The device and its list are open once in a process.

#ifndef DAXMEND_RECOVERY_MEDIA_FILES_H_
#define DAXMEND_RECOVERY_MEDIA_FILES_H_

#include <optional>
#include <string>

#include "system/block_device.h"
#include "system/file_descriptor.h"
#include "system/shared_descriptor.h"

namespace daxmend {

class MediaFiles;

// Recovery's descriptor of a file, which is one file's at a time: who has a
// thousand files and recovers in one after the other needs one. For one thread;
// outlives those that share it.
class OneDescriptor {
 private:
  friend class MediaFiles;
  const MediaFiles* owner_ = nullptr;
  FileDescriptor fd_;
};

class MediaFiles {
 public:
  struct Options {
    std::string path;  // for messages only where `fd` is given
    int fd = -1;       // the file, open for as long as this is used
    int sync_flags = 0;
    OneDescriptor* descriptor = nullptr;  // null for one of its own
  };

  // Throws Error when one may not write the file. On a file system that is
  // mounted read-only it is opened for reading.
  explicit MediaFiles(Options options);
  ~MediaFiles() { CloseFile(); }
  MediaFiles(const MediaFiles&) = delete;
  MediaFiles& operator=(const MediaFiles&) = delete;

  // The device below, which is read (`read`) and whose list the kernel keeps
  // (`listed`). Throws Error where they cannot be opened.
  void SetDevice(const BlockDevice& device, bool read, bool listed);
  bool reads_device() const { return reads_device_; }

  // A descriptor of the file to ask what it is.
  int AnyFile() const {
    return at_->owner_ == this ? at_->fd_.get() : options_.fd;
  }

  // Descriptors, or -errno; valid until Rest(), and that of the file until
  // somebody else is given the one that is shared.
  int File();
  int Device();
  int List();
  // Is the file system read-only? As of the last File().
  bool read_only() const { return read_only_; }

  // Closes all of it, and opens what a recovery needs, so that it need not.
  void Rest();
  void Wake();

 private:
  bool MayWrite();
  void OpenFile();
  void CloseFile();

  const Options options_;
  OneDescriptor own_;
  OneDescriptor* const at_;
  bool read_only_ = false;
  std::optional<BlockDevice> below_;
  bool reads_device_ = false;
  SharedDescriptor device_, list_;
};

// Do both lead to the same file?
bool SameFile(int a, int b);

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_MEDIA_FILES_H_
