// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include "results/page/html_text.h"
#include "results/validation/validation_report.h"

namespace daxmend {
namespace {

std::string Case(const CheckResult& result) {
  const std::string opening =
      "    <testcase classname=\"" + Escaped(result.check.area) + "\" name=\"" +
      Escaped(result.check.id + " " + result.check.title) + "\"";
  if (result.verdict == CheckVerdict::kPass) return opening + "/>\n";
  std::string text = result.reason + "\n" + result.check.section + "\n";
  for (const Exchange& exchange : result.evidence)
    text += exchange.asked + "\n  sent " + exchange.sent + "\n  answered " +
            exchange.answered + "\n  bytes " + exchange.received + "\n";
  const std::string message = " message=\"" + Escaped(result.reason) + "\"";
  std::string inside;
  switch (result.verdict) {
    case CheckVerdict::kFail:
      inside = "<failure" + message + ">" + Escaped(text) + "</failure>";
      break;
    case CheckVerdict::kSkip:
      inside = "<skipped" + message + "/>";
      break;
    default:
      // JUnit has no word for a warning that does not fail.
      inside = "<system-out>" + Escaped("warning: " + text) + "</system-out>";
  }
  return opening + ">\n      " + inside + "\n    </testcase>\n";
}

}  // namespace

std::string ValidationAsJunit(const ValidationRecord& record) {
  const std::string counts =
      fmt::format(" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\"",
                  record.checks.size(), record.Count(CheckVerdict::kFail),
                  record.Count(CheckVerdict::kSkip));
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts +
      ">\n  <testsuite name=\"daxmend validate " +
      Escaped(record.memdev.name.empty() ? record.bus : record.memdev.name) +
      "\"" + counts + ">\n";
  for (const CheckResult& result : record.checks) out += Case(result);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace daxmend
