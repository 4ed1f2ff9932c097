// SPDX-License-Identifier: GPL-2.0-only
//
// A client's side of fio's protocol (server.h of fio), as far as it takes to
// ask a server who it is and whether it takes a job. Commands have a header of
// 24 bytes, little-endian: version, opcode (16 bits), flags (32), tag (64),
// length of what follows, at most 1,024 (32), and two CRC-16, of the header's
// first 20 bytes and of what follows. Longer ones come in several, all but the
// last flagged kMore.
//
// One at a time: not thread-safe.

#ifndef DAXMEND_RESULTS_HOSTS_SERVER_CONNECTION_H_
#define DAXMEND_RESULTS_HOSTS_SERVER_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/hosts/fio_hosts.h"
#include "system/file_descriptor.h"

namespace daxmend {

enum class FioCommand : uint16_t {
  kQuit = 1,
  kJob = 3,
  kText = 5,
  kProbe = 10,
  kStart = 11,
};

struct FioMessage {
  FioCommand command;
  std::string payload;
};

class ServerConnection {
 public:
  static constexpr std::chrono::milliseconds kUsualPatience =
      std::chrono::seconds(20);

  // Throws Error with the reason alone ("Connection refused").
  explicit ServerConnection(const FioHost& host);
  // Of a socket that is connected.
  explicit ServerConnection(
      FileDescriptor socket,
      std::chrono::milliseconds patience = kUsualPatience);

  // From now on the server has that long, whatever it sends; so it has when
  // this is made.
  void StartWaiting();
  // It had that long.
  bool is_late() const;

  // Throws Error, with the reason alone, when the server is gone or late.
  void Send(FioCommand command, std::string_view payload);
  // The next message; none when the server has ended the connection, is late,
  // or sends what is no message of this fio.
  std::optional<FioMessage> Receive();

 private:
  using Time = std::chrono::steady_clock;

  bool ReadExactly(char* to, size_t bytes);
  // Waits until the socket is ready for `events` (poll(2)); false when it is
  // late.
  bool WaitFor(short events) const;

  FileDescriptor socket_;
  const std::chrono::milliseconds patience_;
  Time::time_point late_;
};

// Bits of numbers as the protocol writes them.
std::string LittleEndian(uint64_t value, size_t bytes);
uint64_t FromLittleEndian(std::string_view bytes);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_SERVER_CONNECTION_H_
