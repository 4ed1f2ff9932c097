// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/server_connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/error.h"
#include "core/fio_built_for.h"

namespace daxmend {
namespace {

constexpr size_t kHeaderBytes = 24;
constexpr size_t kCheckedBytes = 20;  // of the header
constexpr size_t kMostPayload = 1024;
constexpr size_t kMostMessage = 16 << 20;
constexpr uint32_t kMore = 1;
constexpr int kConnectMs = 5000;

// The usual one: x^16 + x^15 + x^2 + 1, the lowest bit first, from 0.
uint16_t Crc16(std::string_view bytes) {
  uint16_t crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<uint16_t>((crc >> 1) ^ (crc & 1 ? 0xa001 : 0));
  }
  return crc;
}

[[noreturn]] void Fail(int error) { throw Error(std::strerror(error), error); }

// Throws Error where it is not connected within kConnectMs.
FileDescriptor Connected(int domain, const sockaddr* address,
                         socklen_t length) {
  FileDescriptor fd(
      socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) Fail(errno);
  if (connect(fd.get(), address, length) != 0) {
    if (errno != EINPROGRESS) Fail(errno);
    pollfd ready = {fd.get(), POLLOUT, 0};
    if (poll(&ready, 1, kConnectMs) != 1) Fail(ETIMEDOUT);
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) Fail(error);
  }
  return fd;
}

FileDescriptor ConnectedTo(const FioHost& host) {
  if (host.is_socket) {
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = ""};
    if (host.name.size() >= sizeof address.sun_path) Fail(ENAMETOOLONG);
    std::memcpy(address.sun_path, host.name.data(), host.name.size());
    return Connected(AF_UNIX, reinterpret_cast<sockaddr*>(&address),
                     sizeof address);
  }
  addrinfo hints = {};
  hints.ai_family = host.ipv6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(
          host.name.c_str(), std::to_string(host.port).c_str(), &hints, &found))
    throw Error(gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found,
                                                             freeaddrinfo);
  // The first, as fio takes.
  return Connected(found->ai_family, found->ai_addr, found->ai_addrlen);
}

}  // namespace

std::string LittleEndian(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}

uint64_t FromLittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

ServerConnection::ServerConnection(const FioHost& host)
    : ServerConnection(ConnectedTo(host)) {}

ServerConnection::ServerConnection(FileDescriptor socket,
                                   std::chrono::milliseconds patience)
    : socket_(std::move(socket)), patience_(patience) {
  StartWaiting();
}

void ServerConnection::StartWaiting() { late_ = Time::now() + patience_; }

bool ServerConnection::is_late() const { return Time::now() >= late_; }

bool ServerConnection::WaitFor(short events) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(late_ - Time::now());
    if (left.count() <= 0) return false;
    pollfd ready = {socket_.get(), events, 0};
    const int n = poll(&ready, 1, static_cast<int>(left.count()));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

void ServerConnection::Send(FioCommand command, std::string_view payload) {
  do {
    const std::string_view part = payload.substr(0, kMostPayload);
    payload.remove_prefix(part.size());
    std::string header = LittleEndian(kFioServerVersion, 2) +
                         LittleEndian(static_cast<uint16_t>(command), 2) +
                         LittleEndian(payload.empty() ? 0 : kMore, 4) +
                         LittleEndian(0, 8) + LittleEndian(part.size(), 4);
    header += LittleEndian(Crc16(header), 2) + LittleEndian(Crc16(part), 2);
    std::string all = header + std::string(part);
    for (std::string_view rest = all; !rest.empty();) {
      if (!WaitFor(POLLOUT)) Fail(ETIMEDOUT);
      const ssize_t n = send(socket_.get(), rest.data(), rest.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) Fail(errno);
      rest.remove_prefix(static_cast<size_t>(n));
    }
  } while (!payload.empty());
}

bool ServerConnection::ReadExactly(char* to, size_t bytes) {
  while (bytes > 0) {
    if (!WaitFor(POLLIN)) return false;
    const ssize_t n = recv(socket_.get(), to, bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return false;
    to += n;
    bytes -= static_cast<size_t>(n);
  }
  return true;
}

std::optional<FioMessage> ServerConnection::Receive() {
  FioMessage message = {};
  for (bool more = true; more;) {
    std::array<char, kHeaderBytes> bytes;
    if (!ReadExactly(bytes.data(), bytes.size())) return {};
    const std::string_view header(bytes.data(), bytes.size());
    const auto number = [&](size_t at, size_t size) {
      return FromLittleEndian(header.substr(at, size));
    };
    const size_t length = number(16, 4);
    if (number(0, 2) != kFioServerVersion || length > kMostPayload ||
        number(20, 2) != Crc16(header.substr(0, kCheckedBytes)) ||
        message.payload.size() > kMostMessage)
      return {};
    message.command = static_cast<FioCommand>(number(2, 2));
    more = number(4, 4) & kMore;
    std::string part(length, '\0');
    if (!ReadExactly(part.data(), length) || number(22, 2) != Crc16(part))
      return {};
    message.payload += part;
  }
  return message;
}

}  // namespace daxmend
