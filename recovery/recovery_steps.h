// SPDX-License-Identifier: GPL-2.0-only
//
// What the recovery of reads and that of writes have in common. Not for others.

#ifndef DAXMEND_RECOVERY_RECOVERY_STEPS_H_
#define DAXMEND_RECOVERY_RECOVERY_STEPS_H_

#include <algorithm>
#include <cerrno>
#include <vector>

#include "recovery/recovery.h"
#include "recovery/retry.h"

namespace daxmend {

// `runs` cut into pieces that are saved and written at a time.
inline std::vector<FileRange> Cut(const std::vector<FileRange>& runs) {
  std::vector<FileRange> out;
  for (FileRange run : runs)
    for (uint64_t at = run.begin; at < run.end; at += Salvage::kCapacity)
      out.push_back({at, std::min(run.end, at + Salvage::kCapacity)});
  return out;
}

class PageLock {
 public:
  PageLock(Media* media, FileRange range)
      : media_(media),
        pages_(AlignOut(range, kPageBytes)),
        error_(media->Lock(pages_)) {}
  ~PageLock() {
    if (error_ == 0) media_->Unlock(pages_);
  }
  PageLock(const PageLock&) = delete;
  PageLock& operator=(const PageLock&) = delete;
  int error() const { return error_; }

 private:
  Media* const media_;
  const FileRange pages_;
  const int error_;
};

// What an I/O returns whose recovery failed.
inline ssize_t Fail(Step step, int error, Outcome* outcome) {
  outcome->failed = step;
  outcome->error = -error;
  return -EIO;
}

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_RECOVERY_STEPS_H_
