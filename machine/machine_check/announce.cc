// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/announce.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <string>

#include "core/error.h"
#include "core/range.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Calls `to` with each line of `text`.
template <class Function>
void ForEachLine(std::string_view text, Function to) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    to(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

AnnouncedProblem ProblemOf(std::string_view processor) {
  bool intel = false;
  std::string flags;
  ForEachLine(processor, [&](std::string_view line) {
    if (line.starts_with("vendor_id") && line.ends_with(" GenuineIntel"))
      intel = true;
    if (line.starts_with("flags") && flags.empty())
      flags = std::string(line) + " ";
  });
  const auto has = [&](const char* flag) {
    return flags.find(std::string(" ") + flag + " ") != std::string::npos;
  };
  if (!has("mce") || !has("mca")) return AnnouncedProblem::kNoMachineChecks;
  if (!intel) return AnnouncedProblem::kNotIntel;
  if (!has("erms")) return AnnouncedProblem::kNoErms;
  return AnnouncedProblem::kNone;
}

// "0xffffc90002000000-0xffffc90006001000 67112960 memremap+0x15e/0x1b0
// phys=0x0000000040000000 ioremap": the large ones. False when there are
// more than there is room for.
bool FindMappings(std::string_view text,
                  decltype(Announcement::mappings)& mappings) {
  constexpr uint64_t kSmallest = uint64_t{1} << 20;
  size_t count = 0;
  ForEachLine(text, [&](std::string_view line) {
    const auto number = [&](std::string_view behind) {
      uint64_t value = 0;
      const size_t at = line.find(behind);
      if (at != std::string_view::npos)
        std::from_chars(line.data() + at + behind.size(),
                        line.data() + line.size(), value, 16);
      return value;
    };
    const uint64_t begin = number("0x"), end = number("-0x");
    // Behind it is a page that guards it.
    if (end < begin + kSmallest + kPageBytes ||
        line.find(" phys=0x") == std::string_view::npos)
      return;
    if (count < mappings.size())
      mappings[count] = {begin, end - begin - kPageBytes, number(" phys=0x")};
    ++count;
  });
  return count <= mappings.size();
}

}  // namespace

Announcement DescribeMachine(AnnouncementKind what, std::string_view symbols,
                             std::string_view processor,
                             std::string_view mappings) {
  Announcement announcement{};
  announcement.what = what;
  announcement.problem = ProblemOf(processor);
  bool handled = false;
  // "ffffffff81000000 T _text", and a module's "[nfit]" behind another tab.
  ForEachLine(symbols, [&](std::string_view line) {
    const size_t kind = line.find(' ');
    if (kind == std::string_view::npos || kind + 3 > line.size()) return;
    const std::string_view name = line.substr(kind + 3);
    handled = handled || name == "do_machine_check";
    const auto found = std::ranges::find(kAnnouncedSymbols, name);
    if (found == kAnnouncedSymbols.end()) return;
    std::from_chars(
        line.data(), line.data() + kind,
        announcement
            .symbols[static_cast<size_t>(found - kAnnouncedSymbols.begin())],
        16);
  });
  if (announcement.problem == AnnouncedProblem::kNone && !handled)
    announcement.problem = AnnouncedProblem::kKernel;
  if (!FindMappings(mappings, announcement.mappings) &&
      announcement.problem == AnnouncedProblem::kNone)
    announcement.problem = AnnouncedProblem::kMappings;
  return announcement;
}

void Announce(AnnouncementKind what) {
  const Announcement announcement =
      DescribeMachine(what, ReadFile("/proc/kallsyms"),
                      ReadFile("/proc/cpuinfo"), ReadFile("/proc/vmallocinfo"));
  void* at = mmap(reinterpret_cast<void*>(kAnnouncementAddress),
                  sizeof announcement, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at == MAP_FAILED) throw ErrnoError("map an announcement", errno);
  auto* there = static_cast<Announcement*>(at);
  there->problem = announcement.problem;
  there->symbols = announcement.symbols;
  there->mappings = announcement.mappings;
  // The host looks when this is written.
  std::atomic_ref(there->what).store(announcement.what);
}

}  // namespace daxmend
