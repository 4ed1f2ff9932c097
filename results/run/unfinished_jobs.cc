// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/unfinished_jobs.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace daxmend {
namespace {

// The job's own value of an option, or [global]'s, or "".
std::string Given(const FioResults& fio, const FioJob& job,
                  const std::string& name) {
  for (const FioOptions* options : {&job.options, &fio.global_options})
    for (const auto& [option, value] : *options)
      if (option == name) return value;
  return "";
}

bool Has(const FioResults& fio, const FioJob& job, const std::string& name) {
  for (const FioOptions* options : {&job.options, &fio.global_options})
    for (const auto& [option, value] : *options)
      if (option == name) return value != "0";
  return false;
}

// With group_reporting one entry of fio's stands for all workers.
uint64_t WorkersOf(const FioResults& fio, const FioJob& job) {
  if (!Has(fio, job, "group_reporting")) return 1;
  const uint64_t workers =
      std::strtoull(Given(fio, job, "numjobs").c_str(), nullptr, 10);
  return std::max<uint64_t>(1, workers);
}

// Records of before workers were counted have 0.
bool LacksWorkers(const JobRecord& job, uint64_t workers) {
  return job.workers > 0 && job.workers < workers;
}

std::set<std::string> LogsOf(const RunRecord& record) {
  std::set<std::string> logs;
  for (const JobRecord& job : record.jobs)
    if (const auto at = job.options.find("path_log"); at != job.options.end())
      logs.insert(at->second);
  return logs;
}

}  // namespace

std::vector<std::string> UnfinishedJobs(const RunRecord& record,
                                        const FioResults& fio) {
  std::set<std::string> unfinished(record.unfinished.begin(),
                                   record.unfinished.end());
  const std::set<std::string> logs = LogsOf(record);
  std::map<std::string, uint64_t> expected;
  for (const FioJob& job : fio.jobs) {
    const std::string log = Given(fio, job, "path_log");
    const bool is_ours =
        Given(fio, job, "ioengine").starts_with("external:") && !log.empty();
    // A run can have several logs; this record is of one.
    if (is_ours && job.ios > 0 && (logs.empty() || logs.count(log)))
      expected[job.name] += WorkersOf(fio, job);
  }
  for (const auto& [name, workers] : expected) {
    const JobRecord* const job = record.Find(name);
    if (!job || LacksWorkers(*job, workers)) unfinished.insert(name);
  }
  return {unfinished.begin(), unfinished.end()};
}

std::vector<std::string> CutShortJobs(
    const RunRecord& record, const std::vector<std::string>& sections) {
  std::set<std::string> unfinished(record.unfinished.begin(),
                                   record.unfinished.end());
  for (const std::string& name : sections)
    if (!record.Find(name)) unfinished.insert(name);
  for (const JobRecord& job : record.jobs)
    if (LacksWorkers(job, job.LastNumber("numjobs", 1)))
      unfinished.insert(job.name);
  if (unfinished.empty())
    for (const JobRecord& job : record.jobs) unfinished.insert(job.name);
  return {unfinished.begin(), unfinished.end()};
}

std::string UnfinishedText(const std::string& job) {
  return "run.json lacks I/O of job " + job +
         ", of which a worker ended without a record (killed?)";
}

}  // namespace daxmend
