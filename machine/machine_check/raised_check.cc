// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/raised_check.h"

#include <fmt/core.h>

#include <algorithm>

namespace daxmend {

std::string ToJson(const std::vector<RaisedCheck>& checks, uint64_t base) {
  std::string text = "{\n  \"schema\": 1,\n  \"machine_checks\": [";
  for (size_t i = 0; i < checks.size(); ++i)
    text += fmt::format(
        "{}\n    {{\"address\": {}, \"offset\": {}, \"instruction\": {}, "
        "\"in\": \"{}\"}}",
        i == 0 ? "" : ",", checks[i].address, checks[i].address - base,
        checks[i].instruction, checks[i].in_program ? "program" : "kernel");
  return text + (checks.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

std::string Summary(const std::vector<RaisedCheck>& checks) {
  const auto kernel = std::ranges::count_if(
      checks, [](const RaisedCheck& check) { return !check.in_program; });
  return fmt::format("{} machine check{}, {} of them in the kernel",
                     checks.size(), checks.size() == 1 ? "" : "s", kernel);
}

}  // namespace daxmend
