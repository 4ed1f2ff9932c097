// SPDX-License-Identifier: GPL-2.0-only
//
// What the profiler uses of QEMU's interface for TCG plugins. Declared here,
// because no Debian package has the header, and because it differs by version:
// DAXMEND_PLUGIN_API is 1 (QEMU 6.0 to 8.2), 4 (10.0) or 7 (11.1), and each is
// a plugin of its own. docs/devel/tcg-plugins.rst of QEMU describes it.
//
// Callbacks come in the emulated processor's thread.

#ifndef DAXMEND_MACHINE_PROFILE_QEMU_PLUGIN_H_
#define DAXMEND_MACHINE_PROFILE_QEMU_PLUGIN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

extern "C" {

using qemu_plugin_id_t = uint64_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

struct qemu_info_t {
  const char* target_name;
  struct {
    int min;
    int cur;
  } version;
  bool system_emulation;
  struct {
    int smp_vcpus;
    int max_vcpus;
  } system;
};

enum { kPluginNoRegisters = 0 };
// QEMU 7.2 calls nobody who asks for reads only.
enum { kPluginReadsAndWrites = 3 };
enum { kPluginAdd = 0 };

using PluginVcpuCallback = void (*)(unsigned vcpu, void* data);
using PluginMemoryCallback = void (*)(unsigned vcpu, uint32_t info,
                                      uint64_t address, void* data);
#if DAXMEND_PLUGIN_API >= 7
using PluginTranslated = void (*)(qemu_plugin_tb* block, void* data);
using PluginEnd = void (*)(void* data);
using PluginReset = void (*)(void* data);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, PluginTranslated,
                                           void* data);
void qemu_plugin_reset(qemu_plugin_id_t, PluginReset, void* data);
#else
using PluginTranslated = void (*)(qemu_plugin_id_t, qemu_plugin_tb* block);
using PluginEnd = void (*)(qemu_plugin_id_t, void* data);
using PluginReset = void (*)(qemu_plugin_id_t);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, PluginTranslated);
void qemu_plugin_reset(qemu_plugin_id_t, PluginReset);
#endif
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, PluginEnd, void* data);
size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb*, size_t);
uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn*);
size_t qemu_plugin_insn_size(const qemu_plugin_insn*);
#if DAXMEND_PLUGIN_API >= 3
size_t qemu_plugin_insn_data(const qemu_plugin_insn*, void* to, size_t size);
#else
const void* qemu_plugin_insn_data(const qemu_plugin_insn*);
#endif
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb*, PluginVcpuCallback,
                                          int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*,
                                            PluginVcpuCallback, int flags,
                                            void* data);
void qemu_plugin_register_vcpu_mem_cb(qemu_plugin_insn*, PluginMemoryCallback,
                                      int flags, int accesses, void* data);
bool qemu_plugin_mem_is_store(uint32_t info);
unsigned qemu_plugin_mem_size_shift(uint32_t info);
struct qemu_plugin_hwaddr;
// In a memory callback, of its access; null where there is none.
qemu_plugin_hwaddr* qemu_plugin_get_hwaddr(uint32_t info, uint64_t address);
uint64_t qemu_plugin_hwaddr_phys_addr(const qemu_plugin_hwaddr*);
#if DAXMEND_PLUGIN_API >= 2
struct qemu_plugin_u64 {
  qemu_plugin_scoreboard* score;
  size_t offset;
};
qemu_plugin_scoreboard* qemu_plugin_scoreboard_new(size_t element);
void* qemu_plugin_scoreboard_find(qemu_plugin_scoreboard*, unsigned vcpu);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(qemu_plugin_insn*,
                                                         int operation,
                                                         qemu_plugin_u64,
                                                         uint64_t value);
#else
void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn*,
                                                int operation, void* counter,
                                                uint64_t value);
#endif

}  // extern "C"

namespace daxmend {

// Has `translate` called with every block that is translated.
template <void (*translate)(qemu_plugin_tb*)>
void CallForEachBlock(qemu_plugin_id_t id) {
#if DAXMEND_PLUGIN_API >= 7
  qemu_plugin_register_vcpu_tb_trans_cb(
      id, [](qemu_plugin_tb* block, void*) { translate(block); }, nullptr);
#else
  qemu_plugin_register_vcpu_tb_trans_cb(
      id, [](qemu_plugin_id_t, qemu_plugin_tb* block) { translate(block); });
#endif
}

// Copies the instruction's bytes, as many as `to` has room for. Their number.
inline size_t CopyCode(const qemu_plugin_insn* instruction,
                       std::span<uint8_t> to) {
  const size_t size = std::min(qemu_plugin_insn_size(instruction), to.size());
#if DAXMEND_PLUGIN_API >= 3
  qemu_plugin_insn_data(instruction, to.data(), size);
#else
  std::memcpy(to.data(), qemu_plugin_insn_data(instruction), size);
#endif
  return size;
}

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_QEMU_PLUGIN_H_
