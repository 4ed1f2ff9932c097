// SPDX-License-Identifier: GPL-2.0-only

#include "results/fingerprint.h"

#include <set>

#include "results/number_text.h"
#include "results/run/unfinished_jobs.h"

namespace daxmend {
namespace {

constexpr char kRunBaseAgain[] =
    "run the baseline again under the new conditions";

std::string Shown(const std::string& value) {
  return value.empty() ? "nothing" : value;
}

std::string Sides(const std::string& base, const std::string& next) {
  return Shown(base) + " in the baseline, " + Shown(next) + " now";
}

const JobRecord* Find(const RunRecord& record, const std::string& name) {
  for (const JobRecord& job : record.jobs)
    if (job.name == name) return &job;
  return nullptr;
}

std::string Option(const JobRecord& job, const std::string& name) {
  auto at = job.options.find(name);
  if (at == job.options.end()) return "";
  // An option that was given several times, as the job file has it.
  std::string text = name + "=";
  for (char c : at->second)
    text += c == '\n' ? " " + name + "=" : std::string(1, c);
  return text;
}

// Null when it was not given, which is not the same as an empty one.
const std::string* Value(const JobRecord& job, const std::string& name) {
  auto at = job.options.find(name);
  return at == job.options.end() ? nullptr : &at->second;
}

bool SameOption(const JobRecord& a, const JobRecord& b,
                const std::string& name) {
  const std::string* of_a = Value(a, name);
  const std::string* of_b = Value(b, name);
  return of_a && of_b ? *of_a == *of_b : of_a == of_b;
}

void CompareOptions(const JobRecord& base, const JobRecord& next,
                    std::vector<FingerprintDifference>& out) {
  std::set<std::string> names;
  for (const auto* job : {&base, &next})
    for (const auto& [name, value] : job->options) names.insert(name);
  for (const char* name : {"path_log", "ioengine"}) names.erase(name);
  for (const std::string& name : names)
    if (!SameOption(base, next, name))
      out.push_back({"job text",
                     "job " + base.name + ": " +
                         Sides(Option(base, name), Option(next, name)),
                     kRunBaseAgain});
}

}  // namespace

std::vector<FingerprintDifference> CompareFingerprints(const RunRecord& base,
                                                       const RunRecord& next) {
  std::vector<FingerprintDifference> out;
  for (const EnvironmentPart& part : kEnvironmentParts) {
    const std::string then = part.Of(base.environment);
    const std::string now = part.Of(next.environment);
    if (part.fingerprint && then != now)
      out.push_back({part.name, Sides(then, now), kRunBaseAgain});
  }
  for (const RunRecord* run : {&base, &next})
    for (const std::string& job : run->unfinished)
      out.push_back({"whole record",
                     (run == &base ? "of the baseline: " : "of the new run: ") +
                         UnfinishedText(job),
                     "make that run again"});
  for (const JobRecord& job : base.jobs) {
    if (const JobRecord* same = Find(next, job.name))
      CompareOptions(job, *same, out);
    else
      out.push_back({"job text", "job " + job.name + " is missing now",
                     "if the run was interrupted run it again, if the job file "
                     "changed run the baseline again"});
  }
  for (const JobRecord& job : next.jobs)
    if (!Find(base, job.name))
      out.push_back({"job text",
                     "job " + job.name + " is missing in the baseline",
                     kRunBaseAgain});
  return out;
}

std::string RefusalText(const std::vector<FingerprintDifference>& differences) {
  std::string text = "these runs cannot be compared: ";
  std::set<std::string> ways;
  const char* separator = "";
  // One line is to be read: of another job file everything differs.
  constexpr size_t kMost = 4;
  for (size_t i = 0; i < differences.size(); ++i) {
    const FingerprintDifference& difference = differences[i];
    ways.insert(difference.way_out);
    if (i >= kMost) continue;
    text += separator + difference.part + " (" + difference.what + ")";
    separator = "; ";
  }
  if (differences.size() > kMost)
    text += "; and " + Counted(differences.size() - kMost, "more difference");
  separator = ": ";
  for (const std::string& way : ways) {
    text += separator + way;
    separator = ", or ";
  }
  return text;
}

}  // namespace daxmend
