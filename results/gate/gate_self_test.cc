// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_self_test.h"

#include <fmt/core.h>

#include <cmath>
#include <functional>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "results/gate/gate_formats.h"

namespace daxmend {
namespace {

struct Places {
  size_t fast;      // the job with most I/Os of the fast path
  size_t recovery;  // a job that recovered poison
};

Places Find(const RunRecord& run) {
  size_t fast = run.jobs.size(), recovery = run.jobs.size();
  uint64_t most = 0;
  for (size_t i = run.jobs.size(); i-- > 0;) {
    const uint64_t count = run.jobs[i].path(Path::kFast).count();
    if (count > most) {
      most = count;
      fast = i;
    }
    if (run.jobs[i].path(Path::kRecovery).count()) recovery = i;
  }
  if (run.environment.clock != Clock::kVirtual || recovery == run.jobs.size() ||
      fast == run.jobs.size())
    throw Error({.thing = "the self-test",
                 .cause = "needs a run of the virtual clock in which poison "
                          "was recovered",
                 .way_out = "run daxmend vm --clock virtual --out DIR -- "
                            "daxmend run jobs/recovery.fio"});
  return {fast, recovery};
}

// Every latency `scale` times as long, and `add` longer.
LatencyHistogram Slower(const LatencyHistogram& h, double scale, uint64_t add) {
  auto slow = [&](uint64_t ns) {
    return static_cast<uint64_t>(
               std::llround(static_cast<double>(ns) * scale)) +
           add;
  };
  std::vector<std::pair<uint64_t, uint64_t>> bins;
  for (auto [upper, count] : h.Bins())
    bins.emplace_back(
        slow(LatencyHistogram::Middle(LatencyHistogram::BucketOf(upper))),
        count);
  const auto sum =
      static_cast<uint64_t>(std::llround(static_cast<double>(h.sum()) * scale));
  return LatencyHistogram::FromBins(bins, slow(h.min()), slow(h.max()),
                                    sum + add * h.count());
}

struct Case {
  std::string what;
  std::function<void(RunRecord&)> change;
  std::string policy;  // JSON, or empty
  int status;
  // What has to be among the rows: key and verdict, with at least this part in
  // its text. No row when the verdict is kSame: then all rows must be the same.
  MetricKey key;
  Verdict verdict;
  std::string part;
  // What both runs have, when it is not in every run.
  std::function<void(RunRecord&)> both = {};
};

std::vector<Case> Cases(const RunRecord& run) {
  const Places at = Find(run);
  const std::string fast = run.jobs[at.fast].name;
  const std::string recovery = run.jobs[at.recovery].name;
  auto slower = [at](double scale, uint64_t add) {
    return [=](RunRecord& r) {
      LatencyHistogram& h = r.jobs[at.fast].path(Path::kFast);
      h = Slower(h, scale, add);
    };
  };
  const std::string allow_5 = R"({"schema":1,"rules":[{"job":")" + fast +
                              R"(","path":"fast","tolerance":5}]})";
  // A counter of the job that recovered.
  auto counter = [at](uint64_t Counters::*value, int64_t more) {
    return [=](RunRecord& r) {
      r.jobs[at.recovery].counters.*value += static_cast<uint64_t>(more);
    };
  };
  auto window = [at](RunRecord& r) {
    r.jobs[at.recovery].path(Path::kWindow).Record(900);
  };
  const MetricKey mean{fast, "fast", "mean"};
  return {
      {"A/A", [](RunRecord&) {}, "", 0, {}, Verdict::kSame, ""},
      {"+1 instruction an I/O", slower(1, 1), "", 1, mean, Verdict::kWorse,
       "(+1,"},
      {"+1 instruction, 5 allowed", slower(1, 1), allow_5, 0, mean,
       Verdict::kWithin, "(+1,"},
      {"+6 instructions, 5 allowed", slower(1, 6), allow_5, 1, mean,
       Verdict::kWorse, "(+6,"},
      {"+1 %", slower(1.01, 0), "", 1, mean, Verdict::kWorse, "+1.00 %"},
      {"+5 %", slower(1.05, 0), "", 1, mean, Verdict::kWorse, "+5.00 %"},
      {"-5 %", slower(0.95, 0), "", 0, mean, Verdict::kBetter, "-5.00 %"},
      {"one I/O slower than all",
       [at](RunRecord& r) {
         LatencyHistogram& h = r.jobs[at.fast].path(Path::kFast);
         auto bins = h.Bins();
         if (--bins.front().second == 0) bins.erase(bins.begin());
         bins.emplace_back(2 * h.max(), 1);
         h = LatencyHistogram::FromBins(bins, h.min(), 2 * h.max(),
                                        h.sum() - h.min() + 2 * h.max());
       },
       "", 1, mean, Verdict::kWorse, ""},
      {"an interrupt in another I/O",
       [at](RunRecord& r) {
         // What the largest took more another one took less.
         LatencyHistogram& h = r.jobs[at.recovery].path(Path::kRecovery);
         auto bins = h.Bins();
         if (--bins.back().second == 0) bins.pop_back();
         bins.emplace_back(2 * h.max(), 1);
         h = LatencyHistogram::FromBins(bins, h.min(), 2 * h.max(), h.sum());
       },
       "",
       0,
       {recovery, "recovery", "max"},
       Verdict::kIgnored,
       "one sample"},
      {"one lost sector",
       counter(&Counters::lost_sectors, 1),
       "",
       1,
       {recovery, "job", "lost_sectors"},
       Verdict::kWorse,
       "(+1"},
      {"one failed I/O",
       [at](RunRecord& r) {
         ++r.jobs[at.recovery].counters.failed_ios;
         --r.jobs[at.recovery].counters.recovered_ios;
       },
       "",
       1,
       {recovery, "job", "failed_ios"},
       Verdict::kWorse,
       "(+1"},
      {"one recovery fewer",
       counter(&Counters::recovered_ios, -1),
       "",
       1,
       {recovery, "job", "recovered_ios"},
       Verdict::kWorse,
       "(-1"},
      {"another sector saved",
       counter(&Counters::saved_bytes, 512),
       "",
       1,
       {recovery, "job", "saved_bytes"},
       Verdict::kChanged,
       "(+512"},
      {"a sector lost",
       counter(&Counters::lost_bytes, 512),
       "",
       1,
       {recovery, "job", "lost_bytes"},
       Verdict::kWorse,
       "(+512"},
      {"a sector left on the media",
       counter(&Counters::left_sectors, 1),
       "",
       1,
       {recovery, "job", "left_sectors"},
       Verdict::kWorse,
       "(+1"},
      {"poison left behind",
       [](RunRecord& r) { ++r.poison.remaining_sectors; },
       "",
       1,
       {kRunJob, "poison", "remaining_sectors"},
       Verdict::kWorse,
       "(+1"},
      {"throughput down 1 %",
       [at](RunRecord& r) {
         uint64_t& bytes = r.jobs[at.fast].counters.bytes;
         bytes -= bytes / 100;
       },
       "",
       1,
       {fast, "job", "throughput"},
       Verdict::kWorse,
       ""},
      {"a path vanished",
       [at](RunRecord& r) { r.jobs[at.recovery].path(Path::kRepair) = {}; },
       "",
       1,
       {recovery, "repair", "mean"},
       Verdict::kVanished,
       ""},
      {"a path appeared",
       [at](RunRecord& r) {
         r.jobs[at.fast].path(Path::kSalvage).Record(1000);
       },
       "",
       1,
       {fast, "salvage", "mean"},
       Verdict::kAppeared,
       ""},
      {"a window opened",
       window,
       "",
       1,
       {recovery, "window", "max"},
       Verdict::kAppeared,
       "900"},
      {"a window 9 instructions longer",
       [at](RunRecord& r) {
         LatencyHistogram& h = r.jobs[at.recovery].path(Path::kWindow);
         h = Slower(h, 1, 9);
       },
       "",
       1,
       {recovery, "window", "mean"},
       Verdict::kWorse,
       "(+9,",
       window},
      {"a job is missing",
       [at](RunRecord& r) {
         r.jobs.erase(r.jobs.begin() + static_cast<long>(at.recovery));
       },
       "",
       2,
       {},
       Verdict::kSame,
       "job text (job " + recovery},
      {"another kernel",
       [](RunRecord& r) { r.environment.kernel = "5.0"; },
       "",
       2,
       {},
       Verdict::kSame,
       "kernel ("},
      {"another QEMU",
       [](RunRecord& r) { r.environment.qemu = "1.0"; },
       "",
       2,
       {},
       Verdict::kSame,
       "QEMU ("},
      {"another CPU model",
       [](RunRecord& r) { r.environment.cpu = "386"; },
       "",
       2,
       {},
       Verdict::kSame,
       "CPU model ("},
      {"another file system",
       [](RunRecord& r) { r.environment.filesystem = "minix"; },
       "",
       2,
       {},
       Verdict::kSame,
       "file system ("},
      {"another fio",
       [](RunRecord& r) { r.environment.fio = "fio-1.0"; },
       "",
       2,
       {},
       Verdict::kSame,
       "fio ("},
      {"another job text",
       [at](RunRecord& r) { r.jobs[at.fast].options["bs"] = "12k"; },
       "",
       2,
       {},
       Verdict::kSame,
       "bs=12k"},
      {"another daxmend",
       [](RunRecord& r) { r.environment.daxmend = "9"; },
       "",
       0,
       {},
       Verdict::kSame,
       ""},
      {"another place of the results",
       [at](RunRecord& r) { r.jobs[at.fast].options["path_log"] = "x"; },
       "",
       0,
       {},
       Verdict::kSame,
       ""},
      {"a policy for a path that is not",
       [](RunRecord&) {},
       R"({"schema":1,"rules":[{"path":"fats","tolerance":1}]})",
       2,
       {},
       Verdict::kSame,
       "path fats"},
      {"a run truncated in its JSON",
       nullptr,
       "",
       2,
       {},
       Verdict::kSame,
       "not valid JSON"},
  };
}

// What the gate says of `run` and its changed copy.
GateResult Ask(const RunRecord& run, const Case& test) {
  GateResult result;
  try {
    Policy policy;
    if (!test.policy.empty()) policy = PolicyFromJson(test.policy, "policy");
    RunRecord base = run;
    if (test.both) test.both(base);
    RunRecord next = base;
    if (test.change) {
      test.change(next);
    } else {
      const std::string text = ToJson(run);
      next = RunRecordFromJson(text.substr(0, text.size() / 2), "run.json");
    }
    return JudgeRuns(base, "base", next, "new", policy, "policy");
  } catch (const Error& e) {
    result.refusal = e.what();
    return result;
  }
}

// What was seen in the place that was changed; `right` says if it is expected.
std::string Seen(const GateResult& result, const Case& test, bool* right) {
  *right = result.Status() == test.status;
  if (!result.refusal.empty()) {
    *right = *right && result.refusal.find(test.part) != std::string::npos;
    return result.refusal;
  }
  if (test.verdict == Verdict::kSame) {
    *right = *right && result.Count(Verdict::kSame) == result.rows.size();
    return SummaryText(result);
  }
  for (const GateRow& row : result.rows)
    if (row.key == test.key) {
      *right = *right && row.verdict == test.verdict &&
               EvidenceText(row).find(test.part) != std::string::npos;
      return row.key.Text() + " " + VerdictName(row.verdict) + ": " +
             EvidenceText(row);
    }
  *right = false;
  return SummaryText(result);
}

}  // namespace

SelfTestResult SelfTestGate(const RunRecord& run) {
  SelfTestResult out;
  out.table = Padded("", 4) + Padded("case", 33) + "seen\n";
  for (const Case& test : Cases(run)) {
    bool right = false;
    const GateResult result = Ask(run, test);
    const std::string seen = Seen(result, test, &right);
    out.right = out.right && right;
    out.table +=
        fmt::format("{}{}exit {}  {}\n", Padded(right ? "ok" : "BAD", 4),
                    Padded(test.what, 33), result.Status(), seen);
    if (!right)
      out.table += fmt::format("{}expected exit {} {} {} {}\n", Padded("", 37),
                               test.status, test.key.Text(),
                               VerdictName(test.verdict), test.part);
  }
  out.table += out.right ? "the gate sees what it should\n"
                         : "THE GATE IS WRONG where BAD is written\n";
  return out;
}

}  // namespace daxmend
