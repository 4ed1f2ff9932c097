// SPDX-License-Identifier: GPL-2.0-only
//
// What large inputs may cost: processor time, because a machine that runs tests
// has other things to do, and memory.

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "results/history/history.h"
#include "results/page/html_report.h"
#include "results/report/text_report.h"
#include "tests/unit/instrumented.h"
#include "tests/unit/results/sample_run.h"

namespace daxmend {
namespace {

struct Cost {
  double seconds;    // of processor time
  double megabytes;  // of the largest process
};

// Of `work` in a process of its own, and of those that it starts.
Cost CostOf(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  EXPECT_EQ(status, 0);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) / 1e6;
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

// Beside the verdict, for who wants to know.
void Publish(const Cost& cost) {
  testing::Test::RecordProperty("seconds", std::to_string(cost.seconds));
  testing::Test::RecordProperty("megabytes", std::to_string(cost.megabytes));
  std::printf("%.3f s of processor time, %.0f MB\n", cost.seconds,
              cost.megabytes);
}

// A run whose clock can be vouched for.
RunRecord Checked(RunRecord record) {
  record.environment.clock_check = {ClockVerdict::kOk, 1, 1, 1000, ""};
  return record;
}

class Speed : public testing::Test {
 protected:
  Speed() { std::filesystem::create_directories(directory_); }
  ~Speed() override { std::filesystem::remove_all(directory_); }
  const std::string directory_ =
      testing::TempDir() + "/daxmend-speed-" + std::to_string(getpid());
};

TEST_F(Speed, AReportOfAMillionIosTakesTwoSecondsAnd200MBAtMost) {
  RunRecord record = SampleRecord(Clock::kWall);
  record.jobs.clear();
  record.AddJob(SampleJob("fast", 1, "randread", 4096, 500'000, 2'400, 0));
  // Every tenth meets poison, so that no two slots are alike.
  record.AddJob(SampleJob("recover", 2, "randread", 4096, 500'000, 2'400, 10));
  ReplaceFile(directory_ + "/run.json", ToJson(record));
  const Cost cost = CostOf([this] {
    const daxmend::Run run = LoadRun(directory_);
    TextReport(run);
    ReplaceFile(directory_ + "/report.html", HtmlReport(run));
  });
  Publish(cost);
  if (kInstrumented) return;
  EXPECT_LT(cost.seconds, 2);
  EXPECT_LT(cost.megabytes, 200);
}

TEST_F(Speed, AHistoryOf100000RowsIsShownInHalfASecond) {
  const std::string path = directory_ + "/history.sqlite";
  const RunRecord record = Checked(SampleRecord(Clock::kWall));
  const size_t measures = MeasuresOf(record).size();
  const size_t runs = (kInstrumented ? 10'000 : 100'000) / measures + 1;
  {
    History history(path, true);
    for (size_t i = 0; i < runs; ++i)
      history.Add(record, "", static_cast<int64_t>(i));
  }
  const Cost cost = CostOf([&] {
    HistoryFilter filter;
    filter.metric = "*";
    const auto series = History(path, false).Series(filter);
    if (series.size() != measures || series[0].points.size() != runs) _exit(1);
    HistoryAsText(series);
  });
  Publish(cost);
  if (kInstrumented) return;
  EXPECT_LT(cost.seconds, 0.5);
}

// The runs are made by SQL: each Add() waits for the disk.
TEST_F(Speed, OneSeriesOf100000PointsIsShownInHalfASecond) {
  const std::string path = directory_ + "/history.sqlite";
  RunRecord record = Checked(SampleRecord(Clock::kWall));
  record.jobs.clear();
  History(path, true).Add(record, "", 0);
  constexpr size_t kPoints = 100'000;
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  // Noise of 12 %, and 5 % more from the 60,001st on.
  EXPECT_EQ(
      sqlite3_exec(
          db,
          "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n "
          "WHERE i < 100000) INSERT INTO run SELECT i, i, 'commit ' || i FROM "
          "n; UPDATE value SET value = 100; INSERT INTO value SELECT 1, id, "
          "(100 + id * 7919 % 13) * (1 + 0.05 * (id > 60000)) FROM run WHERE "
          "id > 1",
          nullptr, nullptr, nullptr),
      SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
  const Cost cost = CostOf([&] {
    HistoryFilter filter;
    filter.metric = "planted_sectors";
    const auto series = History(path, false).Series(filter);
    if (series.size() != 1 || series[0].points.size() != kPoints) _exit(1);
    if (series[0].changes.empty()) _exit(2);
    HistoryAsText(series);
  });
  Publish(cost);
  if (kInstrumented) return;
  EXPECT_LT(cost.seconds, 0.5);
}

}  // namespace
}  // namespace daxmend
