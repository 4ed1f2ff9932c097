// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_formats.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/printable.h"
#include "results/page/html_text.h"

namespace daxmend {
namespace {

using nlohmann::ordered_json;

// 2: "inconclusive" for "can't tell", "CANNOT COMPARE" for "CANNOT BE ASKED".
constexpr int kGateSchema = 2;
constexpr size_t kVerdictWidth = 17;

// JSON has no word for what is not a finite number.
ordered_json FiniteOrNull(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json OrNull(const std::optional<double>& value) {
  return value ? FiniteOrNull(*value) : ordered_json(nullptr);
}

// What else there is to say in numbers.
void AddStatistics(const Evidence& evidence, ordered_json& entry) {
  if (const auto* change = std::get_if<Change>(&evidence)) {
    if (!change->base || !change->next) return;
    entry["difference"] = FiniteOrNull(change->difference());
    entry["percent"] = FiniteOrNull(change->percent());
  } else if (const auto* pairs = std::get_if<PairedComparison>(&evidence)) {
    const PairedEstimate& e = pairs->estimate;
    entry["ratio"] = FiniteOrNull(e.ratio);
    entry["ratio_low"] = FiniteOrNull(e.low);
    entry["ratio_high"] = FiniteOrNull(e.high);
    entry["p"] = FiniteOrNull(e.p);
    entry["pairs"] = static_cast<double>(e.pairs);
    entry["detectable"] = FiniteOrNull(e.Detectable());
    entry["confidence"] = FiniteOrNull(pairs->confidence);
  }
}

bool IsNews(const GateRow& row) {
  return row.verdict != Verdict::kSame && row.verdict != Verdict::kIgnored;
}

// A workflow command's data (docs.github.com, "Workflow commands"): a line of
// its own, so no character may end it.
std::string GithubData(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else
      out += c;
  }
  return Printable(out);
}

}  // namespace

std::string GateAsText(const GateResult& result) {
  std::string out = "baseline  " + Printable(result.base) + "\nnew       " +
                    Printable(result.next) + "\n\n";
  const GateRow* last = nullptr;
  for (const GateRow& row : result.rows) {
    if (!IsNews(row)) continue;
    if (!last || last->key.job != row.key.job || last->key.path != row.key.path)
      out += Printable(row.key.job + " " + row.key.path) + "\n";
    std::string verdict = std::string("  ") + VerdictName(row.verdict);
    verdict.resize(std::max(verdict.size() + 1, kVerdictWidth + 3), ' ');
    out += verdict + Printable(row.key.metric + " " + EvidenceText(row)) + "\n";
    last = &row;
  }
  if (last) out += "\n";
  return out + Printable(SummaryText(result)) + "\n";
}

std::string GateAsJson(const GateResult& result) {
  ordered_json out = {
      {"schema", kGateSchema},
      {"status", result.Status()},
      {"summary", SummaryText(result)},
      {"base", result.base},
      {"new", result.next},
      {"clock", NameOf(result.clock)},
      {"refusal", result.refusal.empty() ? ordered_json(nullptr)
                                         : ordered_json(result.refusal)},
      {"rows", ordered_json::array()}};
  for (const GateRow& row : result.rows) {
    ordered_json entry = {{"job", row.key.job},
                          {"path", row.key.path},
                          {"metric", row.key.metric},
                          {"unit", row.unit},
                          {"base", OrNull(row.base)},
                          {"new", OrNull(row.next)},
                          {"verdict", VerdictName(row.verdict)}};
    AddStatistics(row.evidence, entry);
    for (const FunctionChange& function : row.functions)
      entry["functions"].push_back({{"function", function.function.name},
                                    {"module", function.function.module},
                                    {"base", function.a},
                                    {"new", function.b}});
    out["rows"].push_back(std::move(entry));
  }
  return PrintableJson(
             out.dump(2, ' ', false, ordered_json::error_handler_t::replace)) +
         "\n";
}

std::string GateAsJunit(const GateResult& result) {
  struct Case {
    std::string failures, doubts, news;
  };
  std::map<std::pair<std::string, std::string>, Case> cases;
  for (const GateRow& row : result.rows) {
    Case& of = cases[{row.key.job, row.key.path}];
    const std::string line = std::string(VerdictName(row.verdict)) + ": " +
                             row.key.metric + " " + EvidenceText(row) + "\n";
    if (Fails(row.verdict))
      of.failures += line;
    else if (row.verdict == Verdict::kInconclusive)
      of.doubts += line;
    else if (IsNews(row))
      of.news += line;
  }
  if (!result.refusal.empty())
    cases[{"gate", "fingerprint"}].doubts = result.refusal + "\n";
  size_t failures = 0, errors = 0;
  std::string body;
  auto element = [](const std::string& tag, const std::string& text) {
    const std::string first = text.substr(0, text.find('\n'));
    return "      <" + tag + " message=\"" + Escaped(first) + "\">" +
           Escaped(text) + "</" + tag + ">\n";
  };
  for (const auto& [name, of] : cases) {
    body += "    <testcase classname=\"daxmend." + Escaped(name.first) +
            "\" name=\"" + Escaped(name.second) + "\">\n";
    if (!of.failures.empty()) {
      ++failures;
      body += element("failure", of.failures);
    } else if (!of.doubts.empty()) {
      ++errors;
      body += element("error", of.doubts);
    }
    if (!of.news.empty())
      body += "      <system-out>" + Escaped(of.news) + "</system-out>\n";
    body += "    </testcase>\n";
  }
  const std::string counts =
      fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", cases.size(),
                  failures, errors);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts +
         ">\n  <testsuite name=\"daxmend gate\"" + counts + ">\n" + body +
         "  </testsuite>\n</testsuites>\n";
}

std::string GateAsGithub(const GateResult& result) {
  std::string out;
  for (const GateRow& row : result.rows) {
    if (!IsNews(row)) continue;
    const char* level = Fails(row.verdict)                      ? "error"
                        : row.verdict == Verdict::kInconclusive ? "warning"
                                                                : "notice";
    out += std::string("::") + level + " title=daxmend gate::" +
           GithubData(row.key.Text() + " " + VerdictName(row.verdict) + ": " +
                      EvidenceText(row)) +
           "\n";
  }
  return out + "::" + (result.Status() == 0 ? "notice" : "error") +
         " title=daxmend gate::" + GithubData(SummaryText(result)) + "\n";
}

}  // namespace daxmend
