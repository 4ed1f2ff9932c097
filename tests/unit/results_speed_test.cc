// SPDX-License-Identifier: GPL-2.0-only
//
// What large inputs may cost: processor time, because a machine that runs tests
// has other things to do, and memory.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "results/history.h"
#include "results/html_report.h"
#include "results/text_report.h"
#include "tests/unit/results_sample_run.h"

namespace daxmend {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

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

class Speed : public testing::Test {
 protected:
  Speed() { std::filesystem::create_directories(directory_); }
  ~Speed() override { std::filesystem::remove_all(directory_); }
  const std::string directory_ =
      testing::TempDir() + "/daxmend-speed-" + std::to_string(getpid());
};

TEST_F(Speed, AReportOfAMillionIosTakesTwoSecondsAnd200MBAtMost) {
  RunRecord record = SampleRecord("wall");
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
  RecordProperty("seconds", std::to_string(cost.seconds));
  RecordProperty("megabytes", std::to_string(cost.megabytes));
  if (kInstrumented) return;
  EXPECT_LT(cost.seconds, 2);
  EXPECT_LT(cost.megabytes, 200);
}

TEST_F(Speed, AHistoryOf100000RowsIsShownInHalfASecond) {
  const std::string path = directory_ + "/history.sqlite";
  const RunRecord record = SampleRecord("wall");
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
  RecordProperty("seconds", std::to_string(cost.seconds));
  if (kInstrumented) return;
  EXPECT_LT(cost.seconds, 0.5);
}

}  // namespace
}  // namespace daxmend
