// SPDX-License-Identifier: GPL-2.0-only

#include "system/input_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {

std::string ReadInputFile(const std::string& path, uint64_t most) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  const FileDescriptor fd =
      FileDescriptor::Open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat st;
  if (fstat(fd.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
    throw Error({.thing = path,
                 .cause = "is neither a regular file nor a pipe",
                 .way_out = "name one"});
  std::string content;
  for (;;) {
    const size_t have = content.size();
    const size_t room =
        static_cast<size_t>(std::min<uint64_t>(65536, most - have + 1));
    content.resize(have + room);
    const ssize_t n = read(fd.get(), content.data() + have, room);
    const int error = errno;
    content.resize(have + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) return content;
    if (content.size() > most)
      throw Error({.thing = path,
                   .cause = fmt::format("has more than {} bytes", most),
                   .way_out = "make it smaller"});
    if (n < 0 && error == EAGAIN) {
      pollfd one{.fd = fd.get(), .events = POLLIN, .revents = 0};
      poll(&one, 1, -1);
    } else if (n < 0 && error != EINTR) {
      throw ErrnoError("read " + path, error);
    }
  }
}

}  // namespace daxmend
