// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/profile_sender.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/klog.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/profile_mark.h"
#include "core/profile_protocol.h"
#include "ioengine/kernel_upkeep.h"
#include "system/file_io.h"

// The linker's names for the two ends of the section.
extern "C" {
[[gnu::visibility(
    "hidden")]] extern const daxmend::ProfileMarkEntry __start_daxmend_marks[];
[[gnu::visibility(
    "hidden")]] extern const daxmend::ProfileMarkEntry __stop_daxmend_marks[];
}

namespace daxmend {
namespace {

const char* Directory() {
  static const char* const directory = std::getenv("DAXMEND_PROFILE");
  return directory;
}

#if defined(__x86_64__)
void SendByte(uint8_t byte) {
  alignas(256) static const std::array<uint8_t, 256> kTable = {};
  uint32_t loaded;
  asm volatile(
      "nopl 0x6d786164(%%rax)\n\t"
      "movzbl (%1), %0"
      : "=r"(loaded)
      : "r"(kTable.data() + byte)
      : "memory");
}
#else
void SendByte(uint8_t) {}
#endif

class Message {
 public:
  explicit Message(ProfileMessage kind) : kind_(kind) {}
  Message& Add(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      content_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  void Send() const {
    SendByte(static_cast<uint8_t>(kind_));
    SendByte(static_cast<uint8_t>(content_.size()));
    for (char byte : content_) SendByte(static_cast<uint8_t>(byte));
  }

 private:
  const ProfileMessage kind_;
  std::string content_;
};

// What the kernel is entered by has names of one kind since 5.8
// (arch/x86/include/asm/idtentry.h).
ProfileCode CodeOf(std::string_view name) {
  if (name == "__switch_to_asm") return ProfileCode::kSwitch;
  if (name == "irq_entries_start" || name == "spurious_entries_start")
    return ProfileCode::kInterruptStub;
  if (name == "asm_common_interrupt" || name == "asm_spurious_interrupt" ||
      name.starts_with("asm_sysvec_") || name.starts_with("asm_exc_nmi"))
    return ProfileCode::kInterrupt;
  if (name.starts_with("asm_exc_")) return ProfileCode::kException;
  // drivers/acpi/acpica
  if (name == "acpi_ps_peek_opcode") return ProfileCode::kOpcode;
  if (name == "acpi_ps_execute_method") return ProfileCode::kEvaluation;
  return ProfileCode::kNone;
}

struct Symbol {
  uint64_t address;
  std::string_view name;
};

// Text symbols, in the order of their addresses; *kept becomes their lines.
std::vector<Symbol> KernelText(std::string_view kallsyms, std::string* kept) {
  std::vector<Symbol> symbols;
  while (!kallsyms.empty()) {
    const size_t end = std::min(kallsyms.find('\n'), kallsyms.size() - 1);
    const std::string_view line = kallsyms.substr(0, end + 1);
    kallsyms.remove_prefix(end + 1);
    // "ffffffff81000000 T _text", a module's with "\t[nfit]" behind it.
    const size_t name = line.find(' ') + 3;
    if (name > line.size() || !std::strchr("tTwW", line[name - 2])) continue;
    const uint64_t address = std::strtoull(
        std::string(line.substr(0, name - 3)).c_str(), nullptr, 16);
    if (address == 0) continue;
    kept->append(line);
    symbols.push_back(
        {address, line.substr(name, line.find_first_of("\t\n", name) - name)});
  }
  std::stable_sort(
      symbols.begin(), symbols.end(),
      [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  return symbols;
}

void SendKernel(const std::vector<Symbol>& symbols) {
  for (size_t i = 0; i < symbols.size(); ++i) {
    ProfileCode code = CodeOf(symbols[i].name);
    if (code == ProfileCode::kNone && IsKernelUpkeep(symbols[i].name))
      code = ProfileCode::kUpkeep;
    if (code == ProfileCode::kNone) continue;
    size_t next = i + 1;
    while (next < symbols.size() && symbols[next].address == symbols[i].address)
      ++next;
    Message(ProfileMessage::kCode)
        .Add(static_cast<uint64_t>(code), 1)
        .Add(symbols[i].address, 8)
        .Add(next < symbols.size() ? symbols[next].address
                                   : symbols[i].address + 1,
             8)
        .Send();
  }
}

// Where the firmware's code is, as the kernel said when it found it: "ACPI:
// SSDT 0x0000000052FE233A 000BA3 (v02 DAXMND ..."
// (drivers/acpi/acpica/tbprint.c). What its log has lost is not known.
void SendTables() {
  constexpr int kReadAll = 3, kSize = 10;  // syslog(2)
  const int size = klogctl(kSize, nullptr, 0);
  if (size <= 0) return;
  std::string log(static_cast<size_t>(size), '\0');
  const int read = klogctl(kReadAll, log.data(), size);
  log.resize(static_cast<size_t>(std::max(read, 0)));
  constexpr std::string_view kBegin = "ACPI: SSDT 0x";
  for (size_t at = 0; (at = log.find(kBegin, at)) != log.npos;) {
    at += kBegin.size();
    unsigned long long address = 0;
    unsigned length = 0;
    if (std::sscanf(log.c_str() + at, "%llx %x", &address, &length) == 2)
      Message(ProfileMessage::kTable).Add(address, 8).Add(length, 4).Send();
  }
}

// The executable part of the engine itself.
int FindText(dl_phdr_info* info, size_t, void* data) {
  auto* text = static_cast<std::array<uint64_t, 2>*>(data);
  const auto here = reinterpret_cast<uint64_t>(__start_daxmend_marks);
  bool ours = false;
  std::array<uint64_t, 2> found = {};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    const uint64_t begin = info->dlpi_addr + part.p_vaddr;
    if (begin <= here && here < begin + part.p_memsz) ours = true;
    if (part.p_flags & PF_X) found = {begin, begin + part.p_memsz};
  }
  if (!ours) return 0;
  *text = found;
  return 1;
}

void SendEngine() {
  for (const ProfileMarkEntry* at = __start_daxmend_marks;
       at != __stop_daxmend_marks; ++at)
    Message(ProfileMessage::kMark)
        .Add(at->mark, 1)
        .Add(at->address(), 8)
        .Send();
  std::array<uint64_t, 2> text = {};
  dl_iterate_phdr(FindText, &text);
  Message(ProfileMessage::kClock).Add(text[0], 8).Add(text[1], 8).Send();
}

// The kernel's own shared object has no file.
std::string Vdso() {
  const auto* begin = reinterpret_cast<const char*>(getauxval(AT_SYSINFO_EHDR));
  if (begin == nullptr) return "";
  ElfW(Ehdr) header;
  std::memcpy(&header, begin, sizeof(header));
  // Its section headers come last.
  return std::string(
      begin, header.e_shoff + size_t{header.e_shnum} * header.e_shentsize);
}

constexpr uintmax_t kMostBytes = uintmax_t{4} << 20;

// What of this process is code, for its symbols.
void KeepPrograms(std::string_view maps, const std::string& directory) {
  while (!maps.empty()) {
    const size_t end = std::min(maps.find('\n'), maps.size() - 1);
    const std::string_view line = maps.substr(0, end);
    maps.remove_prefix(end + 1);
    const size_t rights = line.find(' ') + 1;
    const size_t path = line.find('/');
    if (line.substr(rights, 4).find('x') == std::string_view::npos ||
        path == std::string_view::npos)
      continue;
    const std::string file(line.substr(path));
    // fio loads what it may need for all of its engines. What is so large no
    // I/O of this one calls.
    std::error_code error;
    if (std::filesystem::file_size(file, error) > kMostBytes || error) continue;
    ReplaceFile(directory + file.substr(file.rfind('/')), ReadFile(file));
  }
}

}  // namespace

void SetUpProfile() {
  if (!Directory()) return;
  const std::string directory = Directory();
  const std::string kallsyms = ReadFile("/proc/kallsyms");
  std::string kept;
  const std::vector<Symbol> symbols = KernelText(kallsyms, &kept);
  if (symbols.empty())
    throw Error({.thing = "the profile",
                 .cause = "needs the addresses of /proc/kallsyms, which shows "
                          "none (CONFIG_KALLSYMS, kernel.kptr_restrict)",
                 .way_out = "run a kernel that has them, as root"});
  ReplaceFile(directory + "/kallsyms", kept);
  const std::string maps = ReadFile("/proc/self/maps");
  ReplaceFile(directory + "/maps", maps);
  KeepPrograms(maps, directory);
  ReplaceFile(directory + "/vdso.so", Vdso());
  SendByte(0);
  Message(ProfileMessage::kSync).Send();
  SendKernel(symbols);
  SendEngine();
  SendTables();
  Message(ProfileMessage::kStart).Send();
}

void ProfileJob(uint64_t number) {
  if (Directory()) Message(ProfileMessage::kJob).Add(number, 4).Send();
}

}  // namespace daxmend
