// SPDX-License-Identifier: GPL-2.0-only

#include "results/report/path_table.h"

#include <cmath>
#include <tuple>

namespace daxmend {
namespace {

bool IsClean(const JobRecord& job) {
  return job.counters.recovered_ios == 0 && job.counters.failed_ios == 0 &&
         job.path(Path::kFast).count() > 0;
}

bool SameIoSize(const JobRecord& a, const JobRecord& b) {
  double one = BytesPerIo(a), other = BytesPerIo(b);
  return one > 0 && std::abs(one - other) <= 0.01 * one;
}

}  // namespace

Direction DirectionOf(const std::string& rw) {
  if (rw == "rw" || rw == "readwrite" || rw == "randrw")
    return Direction::kMixed;
  if (rw == "read" || rw == "randread") return Direction::kRead;
  if (rw == "write" || rw == "randwrite") return Direction::kWrite;
  return Direction::kOther;
}

const char* Heading(Direction direction) {
  switch (direction) {
    case Direction::kRead:
      return "Reads";
    case Direction::kWrite:
      return "Writes";
    case Direction::kMixed:
      return "Reads and writes";
    default:
      return "Other I/O";
  }
}

double BytesPerIo(const JobRecord& job) {
  uint64_t succeeded = job.counters.ios - job.counters.failed_ios;
  return succeeded ? static_cast<double>(job.counters.bytes) /
                         static_cast<double>(succeeded)
                   : 0;
}

const JobRecord* FindReference(const RunRecord& record, const JobRecord& job) {
  auto likeness = [&](const JobRecord& other) {
    return std::tuple(other.access == job.access, other.rw == job.rw,
                      other.recovery == "none");
  };
  const JobRecord* best = nullptr;
  for (const JobRecord& other : record.jobs) {
    if (!IsClean(other) || DirectionOf(other.rw) != DirectionOf(job.rw) ||
        !SameIoSize(job, other))
      continue;
    if (!best || likeness(other) > likeness(*best)) best = &other;
  }
  if (!best && job.path(Path::kFast).count() > 0) best = &job;
  return best;
}

bool PathRow::has_ratio() const {
  return reference && reference->path(Path::kFast).Percentile(50) > 0;
}

double PathRow::ratio() const {
  return static_cast<double>(latency().Percentile(50)) /
         static_cast<double>(reference->path(Path::kFast).Percentile(50));
}

std::vector<PathRow> MakePathTable(const RunRecord& record) {
  std::vector<PathRow> rows;
  for (const JobRecord& job : record.jobs) {
    const JobRecord* reference = FindReference(record, job);
    for (size_t i = 0; i < kPaths; ++i)
      if (job.paths[i].count() > 0)
        rows.push_back({&job, static_cast<Path>(i), reference});
  }
  return rows;
}

}  // namespace daxmend
