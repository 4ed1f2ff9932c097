// SPDX-License-Identifier: GPL-2.0-only
//
// The history of results: an SQLite file to which runs are added, and the
// series of numbers that come out of it. Numbers are in one series only as long
// as their fingerprint (fingerprint.h) stays the same.
//
// Adding is one transaction: several may add at a time, and one that is killed
// leaves the file as it was. An object is for one thread.

#ifndef DAXMEND_RESULTS_HISTORY_HISTORY_H_
#define DAXMEND_RESULTS_HISTORY_HISTORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "records/run_record.h"
#include "results/gate/gate_metrics.h"
#include "results/history/change_points.h"

struct sqlite3;

namespace daxmend {

struct HistoryPoint {
  int64_t time;       // seconds since 1970, when it was added
  std::string label;  // what the adder called it, a commit for example
  double value;
};

struct HistorySeries {
  Clock clock = Clock::kWall;
  int64_t fingerprint;      // runs with equal numbers can be compared
  std::string environment;  // in words
  MetricKey key;
  std::string unit;
  Sense sense = Sense::kLower;
  std::vector<HistoryPoint> points;  // ascending by time
  std::vector<ChangePoint> changes;
};

struct HistoryFilter {
  std::string job = "*", path = "*", metric = "mean";  // shell patterns
  int64_t since =
      0;  // leaves earlier points out, before changes are looked for
};

class History {
 public:
  // Opens the file, and makes it if `create`. Throws Error naming it when it is
  // not there, is not a history, or is one of another version.
  History(const std::string& path, bool create);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Every measure of `record`. Throws Error when the record is not whole
  // (RunRecord::unfinished), when its clock was wrong or could not be checked
  // (ClockRefusal()), or when the file cannot be written; then nothing was
  // added, and no change of a series is due to it.
  void Add(const RunRecord& record, const std::string& label, int64_t time);

  // Ascending by fingerprint, then in the order of MeasuresOf().
  std::vector<HistorySeries> Series(const HistoryFilter& filter);

 private:
  void Run(const char* sql);
  int64_t FingerprintId(const RunRecord& record);

  std::string path_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_;
};

// What HistorySeries::environment says of a run.
std::string EnvironmentInWords(const Environment& environment);

// "2026-11-22", "2026-11-22 10:15" (UTC), or "30d" before `now`. Throws Error.
int64_t ParseSince(const std::string& text, int64_t now);

std::string HistoryAsText(const std::vector<HistorySeries>& series);
// {schema, series[{clock, environment, job, path, metric, unit, points[[time,
// value, label]], changes[{time, label, before, after, p}]}]}
std::string HistoryAsJson(const std::vector<HistorySeries>& series);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HISTORY_HISTORY_H_
