// SPDX-License-Identifier: GPL-2.0-only
//
// The plugin that keeps a LoadPlace. It only looks at blocks of one
// instruction, of which there are few others than those that QEMU makes for a
// watchpoint, so that a guest with it is as fast as one without.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>

#include "machine/machine_check/load_place.h"
#include "machine/profile/qemu_plugin.h"

namespace daxmend {
namespace {

LoadPlace* place = nullptr;

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

void Executed(unsigned /*vcpu*/, void* data) {
  const auto* instruction = static_cast<const Instruction*>(data);
  place->instruction = instruction->address;
  place->size = instruction->size;
  place->bytes = 0;
  std::ranges::copy(instruction->code, place->code);
}

void Accessed(unsigned /*vcpu*/, uint32_t info, uint64_t address,
              void* /*data*/) {
  if (qemu_plugin_mem_is_store(info) || place->bytes != 0) return;
  place->address = address;
  place->bytes = uint64_t{1} << qemu_plugin_mem_size_shift(info);
}

void Translate(qemu_plugin_tb* block) {
  if (qemu_plugin_tb_n_insns(block) != 1) return;
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
  void* at = mmap(nullptr, sizeof(LoadPlace), PROT_READ | PROT_WRITE,
                  MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return false;
  place = static_cast<LoadPlace*>(at);
  return true;
}

}  // namespace
}  // namespace daxmend

extern "C" {

[[gnu::visibility("default")]] extern const int qemu_plugin_version;
const int qemu_plugin_version = DAXMEND_PLUGIN_API;

[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id,
                                                       const qemu_info_t*,
                                                       int argc, char** argv) {
  constexpr char kPlace[] = "place=";
  const auto* argument = std::find_if(argv, argv + argc, [&](const char* one) {
    return std::strncmp(one, kPlace, sizeof kPlace - 1) == 0;
  });
  if (argument == argv + argc ||
      !daxmend::Share(*argument + sizeof kPlace - 1)) {
    std::fprintf(stderr, "daxmend: the place of loads cannot be shared\n");
    return 1;
  }
  daxmend::CallForEachBlock<daxmend::Translate>(id);
  return 0;
}

}  // extern "C"
