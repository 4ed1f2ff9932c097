// SPDX-License-Identifier: GPL-2.0-only
//
// flagged_io read|write|append|fault FILE OFFSET LENGTH FLAGS
//
// One preadv2() or pwritev2() with RWF_* FLAGS. Prints what it returned: the
// number of bytes, or the name of the error. A write writes the letter x;
// append opens FILE with O_APPEND, and fault writes from memory that cannot be
// read. Exit status 2 when it could not be tried.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

int main(int count, char** words) {
  if (count != 6) {
    std::fprintf(stderr,
                 "usage: flagged_io read|write|append|fault FILE OFFSET "
                 "LENGTH FLAGS\n");
    return 2;
  }
  const std::string what = words[1];
  const int mode = what == "read"     ? O_RDONLY
                   : what == "append" ? O_WRONLY | O_APPEND
                                      : O_WRONLY;
  const int fd = open(words[2], mode);
  if (fd < 0) {
    std::fprintf(stderr, "flagged_io: open %s: %s\n", words[2],
                 std::strerror(errno));
    return 2;
  }
  const off_t offset = std::atoll(words[3]);
  std::vector<char> bytes(std::strtoull(words[4], nullptr, 0), 'x');
  void* from = bytes.data();
  if (what == "fault")
    from = mmap(nullptr, bytes.size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
  const int flags = static_cast<int>(std::strtol(words[5], nullptr, 0));
  const iovec vector = {from, bytes.size()};
  const ssize_t n = what == "read" ? preadv2(fd, &vector, 1, offset, flags)
                                   : pwritev2(fd, &vector, 1, offset, flags);
  if (n >= 0)
    std::printf("%zd\n", n);
  else
    std::printf("%s\n", strerrorname_np(errno));
}
