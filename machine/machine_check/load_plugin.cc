// SPDX-License-Identifier: GPL-2.0-only
//
// The plugin that keeps a LoadPlace, and tells QEMU's main loop of stops
// (load_exchange.h). It only looks at blocks of one instruction, of which there
// are few others than those that QEMU makes for a watchpoint and beside a
// breakpoint, so that a guest with it is as fast as one without.

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "machine/machine_check/load_exchange.h"
#include "machine/profile/qemu_plugin.h"

namespace daxmend {
namespace {

LoadPlace* place = nullptr;
const ExpectedStops* expected = nullptr;
bool told = false;   // of the instruction that is executed
int debugger = -1;   // its client's end, under a virtual clock
int main_loop = -1;  // which system call it is in

struct Instruction {
  uint64_t address;
  uint64_t size;
  uint8_t code[sizeof(LoadPlace::code)];
};
// Never moved: callbacks are given their addresses.
std::map<uint64_t, std::deque<Instruction>> instructions;

const Instruction* Known(const Instruction& instruction) {
  std::deque<Instruction>& here = instructions[instruction.address];
  for (const Instruction& known : here)
    if (std::ranges::equal(known.code, instruction.code)) return &known;
  return &here.emplace_back(instruction);
}

// Waits until `done`; false when that takes too long, as it does when QEMU is
// about to end.
template <class Condition>
bool WaitUntil(Condition done) {
  constexpr int kTries = 500000;
  for (int i = 0; i < kTries; ++i) {
    if (done()) return true;
    usleep(20);
  }
  return false;
}

// The main loop has nothing to do. Its file says which system call a thread
// sleeps in, and "running" when it does not.
bool MainLoopSleeps() {
  char text[64] = {};
  long call = -1;
  if (pread(main_loop, text, sizeof text - 1, 0) <= 0) return true;
  std::from_chars(text, text + sizeof text, call);
#ifdef SYS_poll
  if (call == SYS_poll) return true;
#endif
  return call == SYS_ppoll;
}

bool MainLoopHasRead() {
  int unread = 0;
  return ioctl(debugger, SIOCOUTQ, &unread) != 0 || unread == 0;
}

// Once an instruction: of a wide load there are several parts, and who has
// begun to pause the machine reads nothing before the processor has stopped.
void TellMainLoop(Told what, std::string_view command) {
  if (debugger < 0 || told) return;
  told = true;
  place->told = what;
  if (send(debugger, command.data(), command.size(), MSG_NOSIGNAL) <= 0 ||
      !WaitUntil(MainLoopHasRead))
    ++place->unsettled;
}

void Halting(unsigned /*vcpu*/, void* /*data*/) {
  if (!WaitUntil(MainLoopSleeps)) ++place->unsettled;
}

void Executed(unsigned /*vcpu*/, void* data) {
  const auto* instruction = static_cast<const Instruction*>(data);
  place->instruction = instruction->address;
  place->size = instruction->size;
  place->bytes = 0;
  told = false;
  std::ranges::copy(instruction->code, place->code);
  if (std::ranges::find(expected->before, instruction->address) !=
      std::end(expected->before))
    TellMainLoop(Told::kBreak, kPause);
}

void Accessed(unsigned /*vcpu*/, uint32_t info, uint64_t address,
              void* /*data*/) {
  const uint64_t bytes = uint64_t{1} << qemu_plugin_mem_size_shift(info);
  if (qemu_plugin_mem_is_store(info)) {
    if (address == expected->store) TellMainLoop(Told::kWatch, kPauseAndGoOn);
    return;
  }
  if (expected->AtRead(address, bytes))
    TellMainLoop(Told::kWatch, kPauseAndGoOn);
  if (place->bytes != 0) return;
  place->address = address;
  place->bytes = bytes;
}

// HLT, or MWAIT.
bool Halts(const qemu_plugin_insn* instruction) {
  uint8_t code[sizeof(LoadPlace::code)] = {};
  CopyCode(instruction, code);
  return code[0] == 0xf4 ||
         (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xc9);
}

void Translate(qemu_plugin_tb* block) {
  const size_t count = qemu_plugin_tb_n_insns(block);
  if (debugger >= 0) {
    // It is the last one of its block.
    qemu_plugin_insn* last = qemu_plugin_tb_get_insn(block, count - 1);
    if (Halts(last))
      qemu_plugin_register_vcpu_insn_exec_cb(last, Halting, kPluginNoRegisters,
                                             nullptr);
  }
  if (count != 1) return;
  qemu_plugin_insn* only = qemu_plugin_tb_get_insn(block, 0);
  Instruction instruction{};
  instruction.address = qemu_plugin_insn_vaddr(only);
  instruction.size = CopyCode(only, instruction.code);
  qemu_plugin_register_vcpu_tb_exec_cb(
      block, Executed, kPluginNoRegisters,
      const_cast<Instruction*>(Known(instruction)));
  qemu_plugin_register_vcpu_mem_cb(only, Accessed, kPluginNoRegisters,
                                   kPluginReadsAndWrites, nullptr);
}

bool Share(const char* file) {
  const int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  void* at = mmap(nullptr, sizeof(LoadExchange), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return false;
  auto* exchange = static_cast<LoadExchange*>(at);
  place = &exchange->place;
  expected = &exchange->expected;
  return true;
}

// The value of NAME=VALUE; null where there is none.
const char* Value(std::string_view name, int argc, char** argv) {
  for (int i = 0; i < argc; ++i)
    if (std::string_view(argv[i]).starts_with(name))
      return argv[i] + name.size();
  return nullptr;
}

}  // namespace
}  // namespace daxmend

extern "C" {

[[gnu::visibility("default")]] extern const int qemu_plugin_version;
const int qemu_plugin_version = DAXMEND_PLUGIN_API;

[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id,
                                                       const qemu_info_t*,
                                                       int argc, char** argv) {
  using daxmend::Value;
  const char* place = Value("place=", argc, argv);
  if (place == nullptr || !daxmend::Share(place)) {
    std::fprintf(stderr, "daxmend: the place of loads cannot be shared\n");
    return 1;
  }
  if (const char* debugger = Value("debugger=", argc, argv)) {
    daxmend::debugger = std::atoi(debugger);
    daxmend::place->tells = true;
    // The main loop runs in the first thread.
    const std::string file =
        "/proc/self/task/" + std::to_string(getpid()) + "/syscall";
    daxmend::main_loop = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  }
  daxmend::CallForEachBlock<daxmend::Translate>(id);
  return 0;
}

}  // extern "C"
