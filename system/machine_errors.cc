// SPDX-License-Identifier: GPL-2.0-only

#include "system/machine_errors.h"

#include <charconv>
#include <string>

#include "core/error.h"
#include "core/range.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// What stands behind `key` on its line: numbers between blanks, added up.
uint64_t SumBehind(std::string_view text, std::string_view key) {
  const size_t found = text.find(key);
  if (found == std::string_view::npos) return 0;
  std::string_view line = text.substr(found + key.size());
  line = line.substr(0, line.find('\n'));
  uint64_t sum = 0;
  for (;;) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return sum;
    line.remove_prefix(begin);
    uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc()) return sum;  // "Machine check exceptions", "kB"
    sum += number;
    line.remove_prefix(static_cast<size_t>(end - line.data()));
  }
}

std::string TextOf(const char* path) try {
  return ReadFile(path);
} catch (const Error&) {
  return "";
}

}  // namespace

MachineErrors ParseMachineErrors(std::string_view interrupts,
                                 std::string_view meminfo) {
  return {
      .checks = SumBehind(interrupts, "MCE:"),
      .pages = SumBehind(meminfo, "HardwareCorrupted:") * 1024 / kPageBytes};
}

MachineErrors ReadMachineErrors() {
  return ParseMachineErrors(TextOf("/proc/interrupts"),
                            TextOf("/proc/meminfo"));
}

}  // namespace daxmend
