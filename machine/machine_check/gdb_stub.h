// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU's debugger (gdbstub), spoken to in GDB's remote serial protocol (GDB
// manual, appendix E; QEMU gdbstub.c, 7.2, gdbstub/, 11.1): what it takes to
// stop a guest of one x86-64 processor where memory is read or code executed,
// to look at it there, and to have QEMU's monitor do something meanwhile.
//
//   GdbStub stub(socket, stop);        // of a guest that was started stopped
//   stub.Watch(address, 64);
//   stub.Continue();
//   while (auto why = stub.WaitForStop()) { ... stub.Continue(); }
//
// The guest stands still between WaitForStop() and Continue(), and only then
// may anything else be called. All of it throws Error when QEMU answers what
// cannot be, and GuestGone when it has ended or `stop` can be read.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_GDB_STUB_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_GDB_STUB_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daxmend {

struct GuestGone {};

// General registers in the order of the protocol.
enum class Gpr : size_t { kRax, kRbx, kRcx, kRdx, kRsi, kRdi, kRbp, kRsp };

struct GuestRegisters {
  std::array<uint64_t, 16> general{};
  uint64_t instruction = 0;  // RIP
  uint32_t code_segment = 0;
  uint64_t page_tables = 0;  // CR3
  uint64_t operator[](Gpr which) const {
    return general[static_cast<size_t>(which)];
  }
  bool in_program() const { return (code_segment & 3) == 3; }
  bool operator==(const GuestRegisters&) const = default;
};

// Of an answer to 'g'. Throws Error.
GuestRegisters ParseRegisters(std::string_view answer);
// The text as one packet: "$TEXT#SUM".
std::string GdbPacket(std::string_view text);
// Takes the first whole packet out of what has come; nothing when there is
// none yet. What does not belong to a packet (acknowledgements) is dropped.
std::optional<std::string> TakeGdbPacket(std::string* received);

// Why the guest stopped.
struct GuestStop {
  // The start of the watched stretch that was read or written.
  std::optional<uint64_t> watched;
  // Somebody asked for it: SIGINT.
  bool paused = false;
};
// Of a stop reply ("T05thread:01;rwatch:7f00;"). Throws GuestGone for the end
// of the guest ("W00"), and Error.
GuestStop ParseStop(std::string_view reply);

class GdbStub {
 public:
  GdbStub(int socket, int stop) : socket_(socket), stop_(stop) {}

  // Comes first. QEMU lets registers be set one by one only by those who have
  // asked what there are.
  void Begin() { Ask("qXfer:features:read:target.xml:0,800"); }

  // Reports that reads (writes) of [address, address + bytes) stop the guest.
  void Watch(uint64_t address, uint64_t bytes) { Set('Z', 3, address, bytes); }
  void Unwatch(uint64_t address, uint64_t bytes) {
    Set('z', 3, address, bytes);
  }
  void WatchWrites(uint64_t address, uint64_t bytes) {
    Set('Z', 2, address, bytes);
  }
  void Break(uint64_t address) { Set('Z', 0, address, 1); }
  void Unbreak(uint64_t address) { Set('z', 0, address, 1); }

  void Continue() { Send("c"); }
  // Executes one instruction.
  void Step();
  GuestStop WaitForStop() { return ParseStop(Receive()); }

  GuestRegisters Registers();
  void SetInstruction(uint64_t value) { SetRegister(16, value); }
  void SetGeneral(Gpr which, uint64_t value) {
    SetRegister(static_cast<size_t>(which), value);
  }
  // What is at a virtual address; nothing where nothing is mapped.
  std::optional<std::string> Memory(uint64_t address, size_t bytes);
  std::optional<uint64_t> Word(uint64_t address);

  // What QEMU's monitor (HMP) prints.
  std::string Monitor(std::string_view command);

 private:
  void Set(char kind, int type, uint64_t address, uint64_t bytes);
  void SetRegister(size_t number, uint64_t value);
  std::string Ask(std::string_view command);
  void Send(std::string_view text);
  std::string Receive();

  const int socket_, stop_;
  std::string received_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_GDB_STUB_H_
