// SPDX-License-Identifier: GPL-2.0-only
//
// The profiler as QEMU loads it: -plugin FILE,out=FILE. Until the engine in the
// guest says that it has told everything (profile_protocol.h), it looks for
// nothing but that; then all code is translated anew, with a count of every
// instruction. Nothing of it changes the guest or its clock.

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/profile_mark.h"
#include "core/profile_protocol.h"
#include "machine/profile/code_block.h"
#include "machine/profile/firmware_methods.h"
#include "machine/profile/message_reader.h"
#include "machine/profile/qemu_plugin.h"
#include "machine/profile/tracker.h"

namespace daxmend {
namespace {

// An x86 instruction has 15 bytes at most.
using Code = std::array<uint8_t, 16>;

struct Range {
  uint64_t begin, end;
  ProfileCode code;
};

class Profiler {
 public:
  explicit Profiler(qemu_plugin_id_t id, std::string out)
      : id_(id), out_(std::move(out)) {
#if DAXMEND_PLUGIN_API >= 2
    board_ = qemu_plugin_scoreboard_new(sizeof(uint64_t));
#endif
  }

  // Of "L1/L2" in bytes; false when it is not that.
  bool MeasureFootprint(const char* caches);
  FirmwareMethods& methods() { return methods_; }
  void Register();
  void Translate(qemu_plugin_tb* block);
  void StartCounting() {
    counting_ = true;
    Register();
  }
  void Write() const;

 private:
  struct MarkAt {
    Profiler* profiler;
    ProfileMark mark;
  };
  struct BlockAt {
    Profiler* profiler;
    CodeBlock block;
  };

  uint64_t count() const {
#if DAXMEND_PLUGIN_API >= 2
    return *static_cast<uint64_t*>(qemu_plugin_scoreboard_find(board_, 0));
#else
    return count_;
#endif
  }
  static std::span<const uint8_t> CodeOf(const qemu_plugin_insn* instruction,
                                         Code* buffer);
  void CountInstruction(qemu_plugin_insn* instruction);
  void Receive(ProfileMessage kind, const std::string& content);
  void Loaded(uint64_t address);
  void Interprets(uint32_t info, uint64_t address);
  BlockAt* Known(const CodeBlock& block);
  ProfileCode CodeAt(uint64_t address) const;

  const qemu_plugin_id_t id_;
  const std::string out_;
  bool footprint_ = false;
  bool counting_ = false;
  bool restarting_ = false;
#if DAXMEND_PLUGIN_API >= 2
  qemu_plugin_scoreboard* board_ = nullptr;
#else
  uint64_t count_ = 0;
#endif
  Tracker tracker_;
  // A thread may be interrupted in a message.
  std::map<uint64_t, MessageReader> readers_;
  std::optional<uint64_t> table_;
  std::vector<Range> codes_, clocks_;
  FirmwareMethods methods_;
  std::unordered_map<uint64_t, ProfileMark> marks_;
  std::unordered_set<uint64_t> behind_signals_;
  std::deque<MarkAt> mark_callbacks_;
  std::deque<BlockAt> blocks_;
  std::unordered_map<uint64_t, std::vector<BlockAt*>> by_address_;
};

Profiler* profiler;

void Translated(qemu_plugin_tb* block) { profiler->Translate(block); }
#if DAXMEND_PLUGIN_API >= 7
void Ended(void*) { profiler->Write(); }
void WasReset(void*) { profiler->StartCounting(); }
#else
void Ended(qemu_plugin_id_t, void*) { profiler->Write(); }
void WasReset(qemu_plugin_id_t) { profiler->StartCounting(); }
#endif

bool Profiler::MeasureFootprint(const char* caches) {
  CacheSizes sizes;
  if (std::sscanf(caches, "%" SCNu64 "/%" SCNu64, &sizes.l1, &sizes.l2) != 2)
    return false;
  footprint_ = true;
  tracker_.MeasureFootprint(sizes);
  return true;
}

void Profiler::Register() {
  CallForEachBlock<Translated>(id_);
  qemu_plugin_register_atexit_cb(id_, Ended, nullptr);
}

std::span<const uint8_t> Profiler::CodeOf(const qemu_plugin_insn* instruction,
                                          Code* buffer) {
  return {buffer->data(), CopyCode(instruction, *buffer)};
}

void Profiler::CountInstruction(qemu_plugin_insn* instruction) {
#if DAXMEND_PLUGIN_API >= 2
  qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(instruction, kPluginAdd,
                                                      {board_, 0}, 1);
#else
  qemu_plugin_register_vcpu_insn_exec_inline(instruction, kPluginAdd, &count_,
                                             1);
#endif
}

ProfileCode Profiler::CodeAt(uint64_t address) const {
  for (const Range& range : codes_) {
    const bool anywhere = range.code == ProfileCode::kInterruptStub ||
                          range.code == ProfileCode::kSwitch ||
                          range.code == ProfileCode::kOpcode;
    if (anywhere ? range.begin <= address && address < range.end
                 : range.begin == address)
      return range.code;
  }
  return ProfileCode::kNone;
}

Profiler::BlockAt* Profiler::Known(const CodeBlock& block) {
  std::vector<BlockAt*>& here = by_address_[block.begin];
  for (BlockAt* known : here)
    if (known->block.end == block.end && known->block.last == block.last &&
        known->block.leaves == block.leaves)
      return known;
  blocks_.push_back({this, block});
  blocks_.back().block.id = static_cast<uint32_t>(blocks_.size());
  here.push_back(&blocks_.back());
  return here.back();
}

void Profiler::Translate(qemu_plugin_tb* translated) {
  const size_t size = qemu_plugin_tb_n_insns(translated);
  if (size == 0) return;
  Code buffer;
  // A block may end between the two instructions of a message: at a page, or
  // where a timer is due.
  bool signal = behind_signals_.contains(
      qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(translated, 0)));
  for (size_t i = 0; i < size; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(translated, i);
    const std::span<const uint8_t> code = CodeOf(instruction, &buffer);
    if (signal)
      qemu_plugin_register_vcpu_mem_cb(
          instruction,
          [](unsigned, uint32_t info, uint64_t address, void* self) {
            if (!qemu_plugin_mem_is_store(info))
              static_cast<Profiler*>(self)->Loaded(address);
          },
          kPluginNoRegisters, kPluginReadsAndWrites, this);
    signal = std::ranges::equal(code, kProfileSignal);
    if (signal && i + 1 == size)
      behind_signals_.insert(qemu_plugin_insn_vaddr(instruction) + code.size());
  }
  if (!counting_) return;
  CodeBlock block;
  const qemu_plugin_insn* first = qemu_plugin_tb_get_insn(translated, 0);
  const qemu_plugin_insn* last = qemu_plugin_tb_get_insn(translated, size - 1);
  block.instructions = static_cast<uint32_t>(size);
  block.begin = qemu_plugin_insn_vaddr(first);
  block.last = qemu_plugin_insn_vaddr(last);
  block.end = block.last + qemu_plugin_insn_size(last);
  block.leaves = EndOf(CodeOf(last, &buffer));
  block.code = block.kernel() ? CodeAt(block.begin) : ProfileCode::kNone;
  block.upkeep = tracker_.IsUpkeep(block.begin);
  qemu_plugin_register_vcpu_tb_exec_cb(
      translated,
      [](unsigned, void* data) {
        auto* at = static_cast<BlockAt*>(data);
        at->profiler->tracker_.Block(&at->block, at->profiler->count());
      },
      kPluginNoRegisters, Known(block));
  for (size_t i = 0; i < size; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(translated, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    if (!block.kernel()) {
      // A mark and the reading of the clock may be one instruction.
      if (const auto mark = marks_.find(address); mark != marks_.end()) {
        mark_callbacks_.push_back({this, mark->second});
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction,
            [](unsigned, void* data) {
              auto* at = static_cast<MarkAt*>(data);
              at->profiler->tracker_.Mark(at->mark);
            },
            kPluginNoRegisters, &mark_callbacks_.back());
      }
      const bool clock = std::ranges::any_of(clocks_, [&](const Range& range) {
        return range.begin <= address && address < range.end;
      });
      if (clock && IsClockReading(CodeOf(instruction, &buffer)))
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction,
            [](unsigned, void* self) {
              auto* here = static_cast<Profiler*>(self);
              here->tracker_.Tick(here->count());
            },
            kPluginNoRegisters, this);
    } else if (block.code == ProfileCode::kSwitch) {
      qemu_plugin_register_vcpu_mem_cb(
          instruction,
          [](unsigned, uint32_t info, uint64_t at, void* self) {
            static_cast<Profiler*>(self)->tracker_.Switching(
                qemu_plugin_mem_is_store(info), at);
          },
          kPluginNoRegisters, kPluginReadsAndWrites, this);
    } else if (block.code == ProfileCode::kOpcode && methods_.found()) {
      qemu_plugin_register_vcpu_mem_cb(
          instruction,
          [](unsigned, uint32_t info, uint64_t at, void* self) {
            static_cast<Profiler*>(self)->Interprets(info, at);
          },
          kPluginNoRegisters, kPluginReadsAndWrites, this);
    }
    if (footprint_)
      qemu_plugin_register_vcpu_mem_cb(
          instruction,
          [](unsigned, uint32_t info, uint64_t at, void* self) {
            static_cast<Profiler*>(self)->tracker_.Access(
                at, uint64_t{1} << qemu_plugin_mem_size_shift(info),
                qemu_plugin_mem_is_store(info));
          },
          kPluginNoRegisters, kPluginReadsAndWrites, this);
    CountInstruction(instruction);
  }
}

void Profiler::Loaded(uint64_t address) {
  const auto [reader, is_new] = readers_.try_emplace(
      tracker_.thread(),
      [this](ProfileMessage kind, const std::string& content) {
        Receive(kind, content);
      },
      &table_);
  reader->second.Loaded(address);
}

// Of what it loads there only code is a single byte: opcodes are.
void Profiler::Interprets(uint32_t info, uint64_t address) {
  if (qemu_plugin_mem_is_store(info) || qemu_plugin_mem_size_shift(info) != 0)
    return;
  const qemu_plugin_hwaddr* at = qemu_plugin_get_hwaddr(info, address);
  if (at == nullptr) return;
  tracker_.Method(methods_.NumberAt(qemu_plugin_hwaddr_phys_addr(at)));
}

void Profiler::Receive(ProfileMessage kind, const std::string& content) {
  const auto number = [&](size_t at, size_t bytes) {
    return MessageReader::Number(content, at, bytes);
  };
  switch (kind) {
    case ProfileMessage::kSync:
      break;
    case ProfileMessage::kCode: {
      const Range range = {number(1, 8), number(9, 8),
                           static_cast<ProfileCode>(number(0, 1))};
      if (range.code == ProfileCode::kUpkeep)
        tracker_.AddUpkeep(range.begin, range.end);
      else
        codes_.push_back(range);
      break;
    }
    case ProfileMessage::kMark:
      marks_.insert_or_assign(number(1, 8),
                              static_cast<ProfileMark>(number(0, 1)));
      break;
    case ProfileMessage::kClock:
      clocks_.push_back({number(0, 8), number(8, 8), ProfileCode::kNone});
      break;
    case ProfileMessage::kStart:
      if (restarting_) break;
      restarting_ = true;
#if DAXMEND_PLUGIN_API >= 7
      qemu_plugin_reset(id_, WasReset, nullptr);
#else
      qemu_plugin_reset(id_, WasReset);
#endif
      break;
    case ProfileMessage::kTable:
      methods_.Table(number(0, 8), number(8, 4));
      break;
    case ProfileMessage::kJob:
      tracker_.Job(static_cast<uint32_t>(number(0, 4)));
      break;
  }
}

void Profiler::Write() const {
  std::FILE* to = std::fopen(out_.c_str(), "w");
  if (to == nullptr) {
    std::perror(out_.c_str());
    return;
  }
  tracker_.Write(to, methods_.Names());
  if (std::fclose(to) != 0) std::perror(out_.c_str());
}

}  // namespace
}  // namespace daxmend

extern "C" {

[[gnu::visibility("default")]] extern const int qemu_plugin_version;
const int qemu_plugin_version = DAXMEND_PLUGIN_API;

[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id,
                                                       const qemu_info_t* info,
                                                       int argc, char** argv) {
  constexpr char kOut[] = "out=", kFootprint[] = "footprint=", kAml[] = "aml=";
  if (std::strcmp(info->target_name, "x86_64") != 0 ||
      !info->system_emulation) {
    std::fprintf(stderr, "daxmend: the profiler knows x86-64 machines only\n");
    return 1;
  }
  for (int i = 0; i < argc; ++i)
    if (std::strncmp(argv[i], kOut, sizeof(kOut) - 1) == 0) {
      daxmend::profiler = new daxmend::Profiler(id, argv[i] + sizeof(kOut) - 1);
      break;
    }
  if (daxmend::profiler == nullptr) {
    std::fprintf(stderr, "daxmend: the profiler was given no out=FILE\n");
    return 1;
  }
  const auto says = [](const char* argument, const char* key) {
    return std::strncmp(argument, key, std::strlen(key)) == 0;
  };
  for (int i = 0; i < argc; ++i)
    if ((says(argv[i], kFootprint) && !daxmend::profiler->MeasureFootprint(
                                          argv[i] + sizeof(kFootprint) - 1)) ||
        (says(argv[i], kAml) &&
         !daxmend::profiler->methods().Read(argv[i] + sizeof(kAml) - 1))) {
      std::fprintf(stderr, "daxmend: the profiler does not know %s\n", argv[i]);
      return 1;
    }
  daxmend::profiler->Register();
  return 0;
}

}  // extern "C"
