// SPDX-License-Identifier: GPL-2.0-only
//
// A whole file as memory: loads and stores that fail with an error where a bare
// memcpy would die of SIGBUS.
//
//   MappedFile mapping({.fd = fd, .path = path, .dax = true, .writable =
//   true}); ssize_t n = mapping.Read(offset, buffer, 4096);    // 4096, or -EIO
//   ...recover the page through the file...
//   mapping.Forget(page);                              // and it can be read
//
// A DAX file is mapped with MAP_SYNC (Linux 4.15): what Write() has stored is
// durable when it returns. Another file's stores are durable after msync or
// fsync, as with any mapping.
//
// A store never repairs poison, and a page that was mapped before it was found
// to be bad stays mapped unless hardware complains: Forget() is for both.
//
// Read, Write and Forget are thread-safe.

#ifndef DAXMEND_COPY_MAPPED_FILE_H_
#define DAXMEND_COPY_MAPPED_FILE_H_

#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "copy/fault_tolerant_copy.h"
#include "core/range.h"

namespace daxmend {

// The mapping of a MappedFile, which must outlive it. Copied for little.
class MappedBytes {
 public:
  // Bytes, fewer at the end of the file, or -EIO when any of them could not be
  // loaded: poison, or the file has become shorter.
  ssize_t Read(uint64_t offset, void* to, size_t length) const {
    length = Clip(offset, length);
    return FaultTolerantCopy(to, begin_ + offset, length) == 0
               ? static_cast<ssize_t>(length)
               : -EIO;
  }

  // The same for stores; -ENOSPC past the end. After -EIO some of the bytes in
  // front of the fault have been written.
  ssize_t Write(uint64_t offset, const void* from, size_t length) const {
    if (offset + length > size_) [[unlikely]] {
      length = Clip(offset, length);
      if (length == 0) return -ENOSPC;
    }
    std::byte* const to = begin_ + offset;
    if (durable_) [[likely]]
      return FaultTolerantStore(to, from, length) == 0
                 ? static_cast<ssize_t>(length)
                 : -EIO;
    if (FaultTolerantCopy(to, from, length) != 0) return -EIO;
    return sync_ ? Sync(offset, length) : static_cast<ssize_t>(length);
  }

  // Takes the pages that `range` touches out of the mapping; the next access
  // asks the file system for them anew. Nothing that was stored is lost.
  void Forget(FileRange range) const;

  // The memory itself.
  std::span<std::byte> bytes() const { return {begin_, size_}; }

 private:
  size_t Clip(uint64_t offset, size_t length) const {
    if (offset + length <= size_) [[likely]]
      return length;
    return offset < size_ ? size_ - offset : 0;
  }
  // Waits until the file has what was stored. `length`, or -errno.
  ssize_t Sync(uint64_t offset, size_t length) const;

 protected:
  std::byte* begin_ = nullptr;
  size_t size_ = 0;  // bytes
  bool durable_ = false;
  bool sync_ = false;
};

class MappedFile : public MappedBytes {
 public:
  struct Options {
    int fd;            // may be closed once the file is mapped
    std::string path;  // for messages
    bool dax = false;
    bool writable = false;
    bool sync = false;  // stores are durable at once without DAX, too: by msync
    // Bytes to map, where the file does not say how long it is (device-dax,
    // which wants a multiple of its alignment).
    uint64_t size = 0;
  };

  // Maps the file in the size it has now, or that of the options, and catches
  // SIGBUS in this process (PrepareFaultTolerantCopy). Throws Error.
  explicit MappedFile(const Options& options);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
};

}  // namespace daxmend

#endif  // DAXMEND_COPY_MAPPED_FILE_H_
