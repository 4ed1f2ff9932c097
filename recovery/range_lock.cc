// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/range_lock.h"

#include <fcntl.h>

#include <cerrno>

namespace daxmend {

int SetRangeLock(int fd, FileRange range, short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(range.begin);
  lock.l_len = static_cast<off_t>(range.length());
  while (fcntl(fd, F_OFD_SETLKW, &lock) != 0)
    if (errno != EINTR) return -errno;
  return 0;
}

}  // namespace daxmend
