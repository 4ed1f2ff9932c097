// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/gdb_stub.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/error.h"

namespace daxmend {
namespace {

Error Unexpected(std::string_view asked, std::string_view answer) {
  return Error({.thing = "QEMU's debugger",
                .cause = fmt::format("answers '{}' with '{}'", asked, answer)});
}

template <class Number>
bool ParseHex(std::string_view text, Number* value) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<std::string> FromHex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return {};
  for (size_t i = 0; i < text.size(); i += 2) {
    uint8_t byte = 0;
    if (!ParseHex(text.substr(i, 2), &byte)) return {};
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// SIGINT.
constexpr char kPaused[] = "T02";

std::string ToHex(std::string_view bytes) {
  std::string text;
  for (char byte : bytes)
    text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return text;
}

}  // namespace

GuestRegisters ParseRegisters(std::string_view answer) {
  const std::optional<std::string> bytes = FromHex(answer);
  GuestRegisters registers;
  // 16 general registers and RIP of eight bytes; EFLAGS, CS and five more of
  // four; three bases and CR0, CR2, CR3 of eight (gdb-xml/i386-64bit.xml).
  constexpr size_t kWord = 8, kShort = 4;
  constexpr size_t kRip = 16 * kWord, kCs = kRip + kWord + kShort,
                   kCr3 = kCs + 6 * kShort + 5 * kWord;
  if (!bytes || bytes->size() < kCr3 + 8)
    throw Unexpected("g", answer.substr(0, 40));
  std::memcpy(registers.general.data(), bytes->data(), kRip);
  std::memcpy(&registers.instruction, bytes->data() + kRip, 8);
  std::memcpy(&registers.code_segment, bytes->data() + kCs, 4);
  std::memcpy(&registers.page_tables, bytes->data() + kCr3, 8);
  return registers;
}

std::string GdbPacket(std::string_view text) {
  uint8_t sum = 0;
  for (char byte : text) sum = static_cast<uint8_t>(sum + byte);
  return fmt::format("${}#{:02x}", text, sum);
}

std::optional<std::string> TakeGdbPacket(std::string* received) {
  const size_t begin = received->find('$');
  if (begin == std::string::npos) {
    received->clear();
    return {};
  }
  const size_t end = received->find('#', begin);
  if (end == std::string::npos || received->size() < end + 3) return {};
  std::string text = received->substr(begin + 1, end - begin - 1);
  received->erase(0, end + 3);
  return text;
}

GuestStop ParseStop(std::string_view reply) {
  if (reply.starts_with("W") || reply.starts_with("X")) throw GuestGone();
  if (!reply.starts_with("T") && !reply.starts_with("S"))
    throw Unexpected("c", reply.substr(0, 80));
  GuestStop stop;
  stop.paused = reply.starts_with(kPaused);
  const size_t at = reply.find("watch:");
  if (at == std::string_view::npos) return stop;
  const std::string_view number = reply.substr(at + 6);
  uint64_t watched = 0;
  if (!ParseHex(number.substr(0, number.find(';')), &watched))
    throw Unexpected("c", reply.substr(0, 80));
  stop.watched = watched;
  return stop;
}

void GdbStub::Step() {
  Send("s");
  ParseStop(Receive());
}

GuestRegisters GdbStub::Registers() { return ParseRegisters(Ask("g")); }

std::optional<std::string> GdbStub::Memory(uint64_t address, size_t bytes) {
  const std::string command = fmt::format("m{:x},{:x}", address, bytes);
  const std::string answer = Ask(command);
  if (answer.starts_with("E")) return {};
  std::optional<std::string> memory = FromHex(answer);
  if (!memory || memory->size() != bytes)
    throw Unexpected(command, answer.substr(0, 40));
  return memory;
}

std::optional<uint64_t> GdbStub::Word(uint64_t address) {
  const std::optional<std::string> memory = Memory(address, 8);
  if (!memory) return {};
  uint64_t word = 0;
  std::memcpy(&word, memory->data(), sizeof word);
  return word;
}

std::string GdbStub::Monitor(std::string_view command) {
  Send("qRcmd," + ToHex(command));
  std::string output;
  for (;;) {
    const std::string answer = Receive();
    if (answer == "OK") return output;
    const std::optional<std::string> part =
        FromHex(std::string_view(answer).substr(answer.empty() ? 0 : 1));
    if (!answer.starts_with("O") || !part)
      throw Unexpected(command, answer.substr(0, 80));
    output += *part;
  }
}

void GdbStub::Set(char kind, int type, uint64_t address, uint64_t bytes) {
  const std::string command =
      fmt::format("{}{},{:x},{:x}", kind, type, address, bytes);
  if (const std::string answer = Ask(command); answer != "OK")
    throw Unexpected(command, answer);
}

void GdbStub::SetRegister(size_t number, uint64_t value) {
  const std::string command =
      fmt::format("P{:x}={}", number,
                  ToHex({reinterpret_cast<const char*>(&value), sizeof value}));
  if (const std::string answer = Ask(command); answer != "OK")
    throw Unexpected(command, answer);
}

std::string GdbStub::Ask(std::string_view command) {
  Send(command);
  return Receive();
}

void GdbStub::Send(std::string_view text) {
  const std::string packet = GdbPacket(text);
  // A packet is small, and QEMU reads whatever comes.
  if (send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(packet.size()))
    throw GuestGone();
}

std::string GdbStub::Receive() {
  for (;;) {
    if (std::optional<std::string> packet = TakeGdbPacket(&received_)) {
      // Who was paused may have gone on, and a machine that runs takes whatever
      // comes for an interruption. Who has gone since shows at the next packet.
      if (!packet->starts_with(kPaused)) {
        [[maybe_unused]] const ssize_t sent =
            send(socket_, "+", 1, MSG_NOSIGNAL);
      }
      return *packet;
    }
    pollfd fds[] = {{socket_, POLLIN, 0}, {stop_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      throw ErrnoError("wait for QEMU's debugger", errno);
    }
    if (fds[1].revents != 0) throw GuestGone();
    char buffer[8192];
    const ssize_t bytes = recv(socket_, buffer, sizeof buffer, 0);
    if (bytes <= 0) throw GuestGone();
    received_.append(buffer, static_cast<size_t>(bytes));
  }
}

}  // namespace daxmend
