// SPDX-License-Identifier: GPL-2.0-only
//
// Calls that are made again where an error says nothing about the media: an
// interrupted or short call must not make good bytes look lost.
//
// Thread-safe; nothing throws unless the call does.

#ifndef DAXMEND_RECOVERY_RETRY_H_
#define DAXMEND_RECOVERY_RETRY_H_

#include <sys/types.h>

#include <cerrno>

namespace daxmend {

// So often a call is made before its error counts.
inline constexpr int kTries = 8;

// Errors that may be gone the next time. A short transfer is given as -EAGAIN.
inline bool IsTransient(int error) {
  return error == -EINTR || error == -EAGAIN || error == -ENOMEM;
}

// Does the error (-errno) of a read say that the media is bad there? A block
// device reports ENODATA for that, too (block/blk-core.c, blk_errors).
inline bool IsMediaError(int error) {
  return error == -EIO || error == -ENODATA || error == -EHWPOISON;
}

// Makes `call`, which returns 0 or -errno, until its error is not transient.
template <class Call>
int Retry(Call call) {
  int error = 0;
  for (int i = 0; i < kTries; ++i)
    if (error = call(); !IsTransient(error)) break;
  return error;
}

// The same of a transfer, which returns bytes or -errno.
template <class Call>
ssize_t Retried(Call call) {
  ssize_t n = 0;
  Retry([&] {
    n = call();
    return n < 0 ? static_cast<int>(n) : 0;
  });
  return n;
}

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_RETRY_H_
