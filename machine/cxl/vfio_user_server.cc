// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/vfio_user_server.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/error.h"
#include "machine/cxl/vfio_user.h"

namespace daxmend {
namespace {

// A socket that listens under a name in a directory of its own; both are gone
// again when *place is open.
FileDescriptor Listen(FileDescriptor* place) {
  const char* base = std::getenv("TMPDIR");
  std::string directory = fmt::format(
      "{}/daxmend-cxl.XXXXXX", base && std::strlen(base) < 60 ? base : "/tmp");
  if (!mkdtemp(directory.data()))
    throw ErrnoError("make a directory in " + directory, errno,
                     "set TMPDIR to one that can be written");
  const std::string name = directory + "/device";
  const auto forget = [&] {
    unlink(name.c_str());
    rmdir(directory.c_str());
  };
  FileDescriptor listening(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  if (!listening ||
      bind(listening.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof address) != 0 ||
      listen(listening.get(), 1) != 0) {
    const int error = errno;
    forget();
    throw ErrnoError("make the socket " + name, error);
  }
  *place = FileDescriptor(open(name.c_str(), O_PATH | O_CLOEXEC));
  const int error = errno;
  forget();
  if (!*place) throw ErrnoError("open the socket " + name, error);
  return listening;
}

}  // namespace

VfioUserServer::VfioUserServer(PciFunction& device)
    : listening_(Listen(&place_)), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) throw ErrnoError("make an eventfd", errno);
  thread_ = std::thread([this, &device] {
    std::array<pollfd, 2> fds = {
        {{listening_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    while (poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) continue;
    if (fds[1].revents) return;
    const FileDescriptor client(
        accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) ServeVfioUser(client.get(), stop_.get(), device);
  });
}

VfioUserServer::~VfioUserServer() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(stop_.get(), &one, sizeof one);
  thread_.join();
}

std::string VfioUserServer::path() const {
  return fmt::format("/proc/self/fd/{}", place_.get());
}

}  // namespace daxmend
