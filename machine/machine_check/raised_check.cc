// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/raised_check.h"

#include <fmt/core.h>

#include <algorithm>

namespace daxmend {

std::string ToJson(const RaisedChecks& raised, uint64_t base) {
  const std::vector<RaisedCheck>& checks = raised.checks;
  std::string text = fmt::format(
      "{{\n  \"schema\": 1,\n  \"clock_moved\": {},\n  "
      "\"machine_checks\": [",
      raised.clock_moved);
  for (size_t i = 0; i < checks.size(); ++i)
    text += fmt::format(
        "{}\n    {{\"address\": {}, \"offset\": {}, \"instruction\": {}, "
        "\"in\": \"{}\"}}",
        i == 0 ? "" : ",", checks[i].address, checks[i].address - base,
        checks[i].instruction, checks[i].in_program ? "program" : "kernel");
  return text + (checks.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

std::string Summary(const RaisedChecks& raised) {
  const std::vector<RaisedCheck>& checks = raised.checks;
  const auto kernel = std::ranges::count_if(
      checks, [](const RaisedCheck& check) { return !check.in_program; });
  std::string text =
      fmt::format("{} machine check{}, {} of them in the kernel", checks.size(),
                  checks.size() == 1 ? "" : "s", kernel);
  if (raised.clock_moved != 0)
    text += fmt::format(
        "; the clock moved on to its next timer up to {} time{}, where QEMU "
        "was stopped unforeseen",
        raised.clock_moved, raised.clock_moved == 1 ? "" : "s");
  return text;
}

}  // namespace daxmend
