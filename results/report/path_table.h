// SPDX-License-Identifier: GPL-2.0-only
//
// The table at the heart of every report: one row a job and path, with the
// ratio of its median to that of the fast path it is compared with.
//
// The reference of a job is the fast path of a clean job: one that met no
// poison (recovered_ios and failed_ios are 0), moves bytes in the same
// direction (read, write or both) and in I/Os of the same size (bytes per
// successful I/O, within 1 %). Among several the one that is most alike wins:
// first the same access, then the same rw= pattern, then recovery=none, then
// the order in the job file. Without any, a job's own I/Os beside the poison
// are its reference.
//
// Medians, not means: a few interrupts in a long run shift a mean, and fio's
// buckets keep a median within 1.6 %.
//
// The rows point into the record, which must outlive them. Thread-safe.

#ifndef DAXMEND_RESULTS_REPORT_PATH_TABLE_H_
#define DAXMEND_RESULTS_REPORT_PATH_TABLE_H_

#include <array>
#include <string>
#include <vector>

#include "records/run_record.h"

namespace daxmend {

enum class Direction { kRead, kWrite, kMixed, kOther };
inline constexpr std::array kDirections = {
    Direction::kRead, Direction::kWrite, Direction::kMixed, Direction::kOther};

// The direction of fio's rw= value.
Direction DirectionOf(const std::string& rw);
// "Reads", for a heading.
const char* Heading(Direction direction);

// Bytes per successful I/O; 0 when there was none.
double BytesPerIo(const JobRecord& job);

// The job whose fast path `job` is compared with; null when there is none.
const JobRecord* FindReference(const RunRecord& record, const JobRecord& job);

struct PathRow {
  const JobRecord* job;
  Path path;
  const JobRecord* reference;  // may be the job itself; null: no ratio

  const LatencyHistogram& latency() const { return job->path(path); }
  bool has_ratio() const;
  // Median over the median of the reference's fast path. With has_ratio().
  double ratio() const;
};

// Rows of the paths that were taken, in the order of jobs and of Path.
std::vector<PathRow> MakePathTable(const RunRecord& record);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_REPORT_PATH_TABLE_H_
