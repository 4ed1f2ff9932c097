// SPDX-License-Identifier: GPL-2.0-only
//
// What a job does about a mapped I/O that did not come to its end. The kernel
// answers with SIGBUS where the media is poisoned, where the file has become
// shorter, and where a store needs a block that the file system does not have:
// only the first is something to recover from.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "copy/fault_tolerant_copy.h"
#include "ioengine/job.h"
#include "ioengine/job_io.h"

namespace daxmend {

void Job::Remap(const io_u* io) {
  auto* mapping = static_cast<const MappedFile*>(FILE_ENG_DATA(io->file));
  const FileRange pages =
      AlignOut(FileRange::OfLength(io->offset, io->xfer_buflen), kPageBytes);
  mapping->Forget(pages);
  if (io->file != userfault_file_) return;
  std::vector<FileRange> left;
  for (FileRange bad : userfault_pages_)
    for (FileRange rest : Subtract(bad, {pages})) left.push_back(rest);
  userfault_pages_ = std::move(left);
}

bool Job::IsPoison(const fio_file* id, File* file, FileRange page,
                   bool kernel_says_so) {
  if (kernel_says_so) return true;
  if (id == userfault_file_ && Touches(userfault_pages_, page)) return true;
  if (!file) return false;
  if (Touches(file->poisoned_pages, page)) return true;
  Layout layout;
  return file->media->Locate(page, &layout) == 0 && !layout.poison.empty();
}

ssize_t Job::WithoutPoison(thread_data* td, io_u* io, FileRange page,
                           uint64_t size) {
  const std::string what =
      std::string("job ") + td->o.name + ": " + io->file->file_name;
  if (page.begin >= size) {
    TellOnce(what +
             " has become shorter than the job's mapping of it: do not "
             "truncate it while the job runs, or use access=syscall");
    // What lies in front of its end has been read.
    return io->ddir == DDIR_READ && io->offset < size
               ? static_cast<ssize_t>(size - io->offset)
               : -EIO;
  }
  if (io->file->filetype == FIO_TYPE_CHAR) {
    TellOnce(what + " cannot be accessed: has its namespace been disabled?");
    return -EIO;
  }
  if (io->ddir != DDIR_WRITE) return -EIO;
  // A store into a hole needs a block. The kernel does not say why there was
  // none, who asks for it is told.
  if (fallocate(io->file->fd, FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(page.begin),
                static_cast<off_t>(page.length())) != 0) {
    const int error = errno;
    if (error == ENOSPC || error == EDQUOT) {
      TellOnce(what + " needs a block for a hole that the job stores to: " +
               strerror(error) +
               ": free some space, or lay the file out first");
      return -error;
    }
    return -EIO;
  }
  return Plain(io);
}

fio_q_status Job::FinishShortMapped(thread_data* td, io_u* io, uint64_t begun,
                                    ssize_t n) {
  MarkProfile<ProfileMark::kDetectEnds>();
  const uint64_t detect_ticks = clock_->Now() - begun;
  struct stat st;
  if (n == -EIO && fstat(io->file->fd, &st) == 0) {
    const CopyFault fault = LastCopyFault();
    const auto* mapping =
        static_cast<const MappedFile*>(FILE_ENG_DATA(io->file));
    const uint64_t size = S_ISREG(st.st_mode)
                              ? static_cast<uint64_t>(st.st_size)
                              : mapping->bytes().size();
    const auto address = reinterpret_cast<uint64_t>(fault.address) -
                         reinterpret_cast<uint64_t>(mapping->bytes().data());
    const FileRange range = FileRange::OfLength(io->offset, io->xfer_buflen);
    const uint64_t at = range.Contains(address) ? address : range.begin;
    const FileRange page = AlignOut(FileRange{at, at + 1}, kPageBytes);
    File* file = Find(io->file);
    // Poison of the job's own making (userfaultfd) no list ever has.
    const bool surprise =
        fault.poison && file && !Touches(file->poisoned_pages, page) &&
        !(io->file == userfault_file_ && Touches(userfault_pages_, page));
    const bool poison =
        page.begin < size && IsPoison(io->file, file, page, fault.poison);
    if (poison && file) {
      // Stores never make a file longer.
      const auto whole = Buffer(io);
      const auto buffer =
          whole.first(std::min<uint64_t>(whole.size(), size - io->offset));
      // The kernel may not have listed yet what it says is bad.
      const ssize_t met = surprise ? -EHWPOISON : n;
      Outcome outcome = io->ddir == DDIR_WRITE
                            ? file->recovery.Write(io->offset, buffer, n)
                            : file->recovery.Read(io->offset, buffer, met);
      MarkProfile<ProfileMark::kRepairBegins>();
      const uint64_t repaired = clock_->Now();
      Remap(io);
      MarkProfile<ProfileMark::kRepairEnds>();
      outcome.repair_ticks += clock_->Now() - repaired;
      // Poison that only the mapping has (userfaultfd) is in no list.
      outcome.met_poison = outcome.met_poison || outcome.result > 0;
      return CompleteRecovery(td, io, begun, *file, outcome, detect_ticks,
                              surprise);
    }
    if (!poison) n = WithoutPoison(td, io, page, size);
    // Without recovery= nobody has asked where poison is: what nothing else
    // explains is taken for it.
    if (n == -EIO && !file && page.begin < size) {
      MarkProfile<ProfileMark::kRecordDetect>();
      RecordPart(Path::kDetect, detect_ticks);
    }
  }
  if (n >= 0) {
    MarkProfile<ProfileMark::kIoEnds>();
    RecordFast(begun, clock_->Now(), static_cast<uint64_t>(n));
  } else {
    MarkProfile<ProfileMark::kFailed>();
    ++record_.counters.failed_ios;
  }
  return Complete(td, io, n);
}

}  // namespace daxmend
