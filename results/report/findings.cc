// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cmath>
#include <system_error>

#include "results/report/path_table.h"
#include "results/run/unfinished_jobs.h"

namespace daxmend {
namespace {

const char* Name(Direction direction) {
  switch (direction) {
    case Direction::kRead:
      return "read";
    case Direction::kWrite:
      return "write";
    default:
      return "I/O";
  }
}

// The job of this direction that recovered most.
const JobRecord* MainRecovery(const RunRecord& record, Direction direction) {
  const JobRecord* best = nullptr;
  for (const JobRecord& job : record.jobs)
    if (DirectionOf(job.rw) == direction &&
        job.path(Path::kRecovery).count() > 0 &&
        (!best || job.path(Path::kRecovery).count() >
                      best->path(Path::kRecovery).count()))
      best = &job;
  return best;
}

std::string Subject(const JobRecord& job) {
  double size = BytesPerIo(job);
  if (size == kPageBytes) return "Recovering one poisoned page";
  std::string what = std::string(Name(DirectionOf(job.rw)));
  return "Recovering a " + (size > 0 ? BytesText(size) + " " : "") + what +
         " that meets poison";
}

// Of fewer recoveries a median says little, and the headline says how few.
constexpr uint64_t kFewRecoveries = 10;

// "113 times a fast read"
std::string Price(const PathRow& row) {
  const uint64_t count = row.latency().count();
  const std::string few =
      count >= kFewRecoveries
          ? ""
          : " (of only " + Grouped(count) +
                (count == 1 ? " recovery)" : " recoveries)");
  return RatioText(row.ratio()) + " times a fast " +
         Name(DirectionOf(row.job->rw)) + few;
}

std::string Headline(const RunRecord& record) {
  std::string text, last_subject;
  bool any = false;
  for (Direction direction :
       {Direction::kRead, Direction::kWrite, Direction::kMixed}) {
    const JobRecord* job = MainRecovery(record, direction);
    if (!job) continue;
    any = true;
    PathRow row{job, Path::kRecovery, FindReference(record, *job)};
    if (!row.has_ratio()) continue;
    std::string subject = Subject(*job);
    if (text.empty())
      text = subject + " costs ";
    else if (subject == last_subject)
      text += " and ";
    else
      text += "; " +
              std::string(1, static_cast<char>(std::tolower(subject[0]))) +
              subject.substr(1) + " costs ";
    last_subject = subject;
    text += Price(row);
  }
  if (!text.empty()) return text + ".";
  return any ? "Poison was recovered, but this run has no fast path to compare "
               "it with."
             : "No I/O met poison: this run measured the fast path only.";
}

// "1.4 % more than"
std::string Change(double with, double without) {
  const double percent = (with / without - 1) * 100;
  if (std::abs(percent) < 0.05) return "as much as";
  return Significant(std::abs(percent), 2) + " % " +
         (percent > 0 ? "more" : "less") + " than";
}

// The numbers of the headline, and what the fast path pays for standing beside
// poison and being able to recover.
std::vector<std::string> Remarks(const RunRecord& record,
                                 const LatencyFormat& format) {
  std::vector<std::string> remarks;
  for (Direction direction :
       {Direction::kRead, Direction::kWrite, Direction::kMixed}) {
    const JobRecord* job = MainRecovery(record, direction);
    const JobRecord* reference = job ? FindReference(record, *job) : nullptr;
    if (!reference) continue;
    const std::string name = Name(direction);
    const LatencyHistogram& fast = reference->path(Path::kFast);
    std::string remark =
        "A recovered " + name + " takes " +
        format.Short(
            static_cast<double>(job->path(Path::kRecovery).Percentile(50))) +
        ", a fast one " +
        format.Full(static_cast<double>(fast.Percentile(50))) + " (medians).";
    if (reference != job && job->path(Path::kFast).count() > 0) {
      const double with = job->path(Path::kFast).mean();
      const std::string means =
          format.Short(with) + " against " + format.Short(fast.mean());
      remark += " Beside the poison, in " + job->name + ", a " + name +
                " that meets none takes ";
      // Two means of one run differ by what else the machine did meanwhile.
      remark += format.instructions()
                    ? Change(with, fast.mean()) + " in " + reference->name +
                          " (means, " + means + ")."
                    : means + " in " + reference->name +
                          " (means); whether that is more or less, one run of "
                          "the wall clock cannot tell: daxmend bench can.";
    }
    remarks.push_back(remark);
  }
  return remarks;
}

std::string Listed(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

uint64_t PoisonedMappingPages(const RunRecord& record) {
  uint64_t pages = 0;
  for (const JobRecord& job : record.jobs)
    pages += job.LastNumber("userfault_poison", 0) *
             std::max<uint64_t>(1, job.workers);
  return pages;
}

Findings FindingsOf(const Run& run, const LatencyFormat& format) {
  const RunRecord& record = run.record;
  Findings findings;
  for (const JobRecord& job : record.jobs) findings.totals.Add(job.counters);
  findings.headline = Headline(record);
  findings.remarks = Remarks(record, format);
  findings.remarks.insert(findings.remarks.end(), run.gaps.begin(),
                          run.gaps.end());

  const Counters& totals = findings.totals;
  std::vector<std::string> against;
  std::vector<std::string> missing;
  for (const HostRecord& host : run.hosts.hosts)
    if (!host.missing.empty()) missing.push_back(host.host);
  if (!missing.empty())
    against.push_back(fmt::format("nothing came back from {} of {} hosts ({})",
                                  missing.size(), run.hosts.hosts.size(),
                                  Listed(missing)));
  else
    for (const std::string& job : record.unfinished)
      against.push_back(UnfinishedText(job));
  if (totals.failed_ios)
    against.push_back(Counted(totals.failed_ios, "I/O") + " failed");
  if (totals.lost_sectors)
    against.push_back(
        Counted(totals.lost_sectors, UnitName(record.poison.unit_bytes)) +
        " lost (zero-filled)");
  if (record.poison.remaining_sectors)
    against.push_back(Counted(record.poison.remaining_sectors,
                              UnitName(record.poison.unit_bytes)) +
                      " still poisoned");
  if (record.poison.unlisted_disks) {
    const std::string unknown =
        Counted(record.poison.unlisted_disks, "disk") + " no list says";
    // Without poison nobody asks.
    if (totals.recovered_ios + totals.failed_ios +
            record.poison.planted_sectors + record.poison.remaining_sectors >
        0)
      against.push_back("what remains on " + unknown);
    else
      findings.remarks.push_back("What is bad on " + unknown + ".");
  }
  if (run.fio)
    for (const FioJob& job : run.fio->jobs)
      if (job.error)
        against.push_back(fmt::format(
            "fio job {} ended in error {} ({})", job.name, job.error,
            std::generic_category().message(
                static_cast<int>(job.error & INT_MAX))));
  findings.mapping_pages = PoisonedMappingPages(record);
  if (!against.empty())
    findings.verdict = "NOT CLEAN: " + Listed(against) + "; " +
                       Counted(totals.recovered_ios, "I/O") + " recovered.";
  else if (totals.recovered_ios == 0)
    findings.verdict =
        "No I/O met poison; " + Counted(totals.ios, "I/O") + ", none failed.";
  else
    findings.verdict =
        "CLEAN: " + Counted(totals.recovered_ios, "I/O") +
        " recovered, none failed, nothing lost, no poison remains.";
  findings.clean = against.empty() && totals.recovered_ios > 0;
  return findings;
}

}  // namespace daxmend
