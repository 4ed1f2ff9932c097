// SPDX-License-Identifier: GPL-2.0-only

#include "copy/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "core/error.h"

namespace daxmend {

MappedFile::MappedFile(const Options& options) {
  PrepareFaultTolerantCopy();
  size_ = options.size;
  if (struct stat st; size_ == 0) {
    if (fstat(options.fd, &st) != 0) throw ErrnoError(options.path, errno);
    size_ = static_cast<size_t>(st.st_size);
  }
  if (size_ == 0)
    throw Error({.thing = options.path,
                 .cause = "is empty, so it cannot be mapped",
                 .way_out = "lay it out first, or use access=syscall"});
  const int protection = PROT_READ | (options.writable ? PROT_WRITE : 0);
  const int flags = options.dax ? MAP_SHARED_VALIDATE | MAP_SYNC : MAP_SHARED;
  void* at = mmap(nullptr, size_, protection, flags, options.fd, 0);
  if (at == MAP_FAILED)
    throw ErrnoError("map " + options.path, errno, "use access=syscall");
  begin_ = static_cast<std::byte*>(at);
  durable_ = options.dax && StoreIsDurable();
  sync_ = options.sync && !durable_;
}

MappedFile::~MappedFile() { munmap(begin_, size_); }

void MappedBytes::Forget(FileRange range) const {
  const FileRange pages = Intersect(AlignOut(range, kPageBytes),
                                    AlignOut(FileRange{0, size_}, kPageBytes));
  if (!pages.empty())
    madvise(begin_ + pages.begin, pages.length(), MADV_DONTNEED);
}

ssize_t MappedBytes::Sync(uint64_t offset, size_t length) const {
  const FileRange pages =
      AlignOut(FileRange::OfLength(offset, length), kPageBytes);
  return msync(begin_ + pages.begin, pages.length(), MS_SYNC) == 0
             ? static_cast<ssize_t>(length)
             : -errno;
}

}  // namespace daxmend
