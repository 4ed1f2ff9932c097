// SPDX-License-Identifier: GPL-2.0-only

#include "results/history/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

// `low` values of 100 and then `high` of 110, each give or take 3.
std::vector<double> Step(size_t low, size_t high) {
  FixedSequence sequence;
  std::vector<double> values;
  for (size_t i = 0; i < low + high; ++i)
    values.push_back((i < low ? 97 : 107) +
                     static_cast<double>(sequence.Below(7)));
  return values;
}

TEST(FindChangePoints, FindsOneStepWhereItIs) {
  const auto changes = FindChangePoints(Step(30, 20));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_NEAR(static_cast<double>(changes[0].at), 30, 1);
  EXPECT_NEAR(changes[0].before, 100, 2);
  EXPECT_NEAR(changes[0].after, 110, 2);
  EXPECT_LT(changes[0].p, 0.001);
}

TEST(FindChangePoints, FindsThereAndBack) {
  std::vector<double> values = Step(30, 30), back = Step(30, 0);
  values.insert(values.end(), back.begin(), back.end());
  const auto changes = FindChangePoints(values);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_NEAR(static_cast<double>(changes[0].at), 30, 1);
  EXPECT_NEAR(static_cast<double>(changes[1].at), 60, 1);
}

TEST(FindChangePoints, SeesNothingInNoiseInConstantsAndInTooFew) {
  EXPECT_TRUE(FindChangePoints(Step(200, 0)).empty());
  EXPECT_TRUE(FindChangePoints(std::vector<double>(50, 7)).empty());
  EXPECT_TRUE(FindChangePoints(Step(3, 3)).empty());
  EXPECT_TRUE(FindChangePoints({1}).empty());
  EXPECT_TRUE(FindChangePoints({}).empty());
}

TEST(FindExactChanges, IsEveryDifference) {
  const auto changes = FindExactChanges({5, 5, 6, 6, 5});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].at, 2u);
  EXPECT_EQ(changes[1].after, 5);
  EXPECT_TRUE(FindExactChanges({}).empty());
}

TEST(ParseSince, TakesDatesAndDays) {
  EXPECT_EQ(ParseSince("1970-01-02", 0), 86'400);
  EXPECT_EQ(ParseSince("1970-01-01 01:00", 0), 3'600);
  EXPECT_EQ(ParseSince("2d", 200'000), 200'000 - 172'800);
  for (const char* bad : {"", "yesterday", "2026-13-01", "3", "3dd"})
    EXPECT_THROW(ParseSince(bad, 0), Error) << bad;
}

class HistoryTest : public InScratchDirectory {
 protected:
  size_t Runs(const std::string& job = "fast-read") {
    HistoryFilter filter;
    filter.job = job;
    filter.path = "fast";
    auto series = History(path_, false).Series(filter);
    return series.empty() ? 0 : series[0].points.size();
  }
  std::string ErrorOfOpening() {
    try {
      History(path_, true);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  const std::string path_ = directory_ + "/history";
};

TEST_F(HistoryTest, GivesBackWhatWasAddedInItsOrder) {
  RunRecord record = SampleRecord(Clock::kVirtual);
  History history(path_, true);
  history.Add(record, "one", 10);
  record.jobs[1].path(Path::kFast).Record(1'000'000);
  history.Add(record, "two", 20);
  HistoryFilter filter;
  filter.job = "fast-read";
  const auto series = history.Series(filter);
  ASSERT_EQ(series.size(), 1u);
  ASSERT_EQ(series[0].points.size(), 2u);
  EXPECT_EQ(series[0].points[1].label, "two");
  EXPECT_EQ(series[0].points[1].value, record.jobs[1].path(Path::kFast).mean());
  ASSERT_EQ(series[0].changes.size(), 1u);
  EXPECT_EQ(series[0].changes[0].at, 1u);
  EXPECT_THAT(HistoryAsText(series), HasSubstr("worse"));
  const auto json = nlohmann::json::parse(HistoryAsJson(series));
  EXPECT_EQ(json["series"][0]["points"][0][2], "one");
  filter.since = 15;
  EXPECT_EQ(history.Series(filter)[0].points.size(), 1u);
}

TEST_F(HistoryTest, OtherFingerprintsAreOtherSeries) {
  History history(path_, true);
  RunRecord record = SampleRecord(Clock::kVirtual);
  history.Add(record, "", 1);
  record.environment.kernel = "another";
  history.Add(record, "", 2);
  record.jobs[0].options["bs"] = "8k";
  history.Add(record, "", 3);
  HistoryFilter filter;
  filter.job = "fast-read";
  EXPECT_EQ(history.Series(filter).size(), 3u);
}

TEST_F(HistoryTest, RunsWhoseClockCannotBeVouchedForAreLeftOutWithTheReason) {
  History history(path_, true);
  RunRecord record = SampleRecord(Clock::kWall);
  auto refusal = [&](const std::optional<ClockCheck>& check) -> std::string {
    record.environment.clock_check = check;
    try {
      history.Add(record, "", 1);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(ClockCheck{ClockVerdict::kOk, 1, 1, 1000, ""}), "");
  EXPECT_EQ(refusal(ClockCheck{ClockVerdict::kUnknown, 0, 0, 0, "no HPET"}),
            "the run was not added to " + path_ +
                ": cannot judge the times of this run: the guest's clock was "
                "not checked against the host's: no HPET: measure again, or "
                "use 'daxmend vm --clock virtual'");
  EXPECT_THAT(refusal(ClockCheck{ClockVerdict::kWrong, 2, 2, 1000, ""}),
              HasSubstr("not added to " + path_ +
                        ": the times of this run are "
                        "wrong"));
  EXPECT_THAT(refusal(std::nullopt), HasSubstr("was not checked"));
  EXPECT_EQ(Runs(), 1u);
  // On hardware nobody asks.
  record.environment.machine = "bare";
  record.environment.qemu.clear();
  EXPECT_EQ(refusal(std::nullopt), "");
}

TEST_F(HistoryTest, SeveralMayAddAtOnceFromTheFirstOn) {
  for (int i = 0; i < 8; ++i)
    if (fork() == 0) {
      try {
        History(path_, true).Add(SampleRecord(Clock::kVirtual), "", i);
        _exit(0);
      } catch (...) {
        _exit(1);
      }
    }
  for (int i = 0; i < 8; ++i) {
    int status = 0;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(Runs(), 8u);
}

TEST_F(HistoryTest, AnAdderThatIsKilledLeavesWholeRunsOnly) {
  const RunRecord record = SampleRecord(Clock::kVirtual);
  History(path_, true).Add(record, "", 0);
  for (int trial = 0; trial < 10; ++trial) {
    const pid_t child = fork();
    if (child == 0) {
      History history(path_, false);
      for (;;) history.Add(record, "", 1);
    }
    usleep(static_cast<useconds_t>(5'000 + 3'000 * trial));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  // A run is all its numbers or none.
  EXPECT_EQ(Runs("fast-read"), Runs("recover-write"));
  EXPECT_GE(Runs(), 1u);
  History(path_, true).Add(record, "", 2);
}

TEST_F(HistoryTest, AddersThatAreKilledDoNotHinderTheOthers) {
  const RunRecord record = SampleRecord(Clock::kVirtual);
  History(path_, true).Add(record, "", 0);
  auto add = [&](int runs) {
    const pid_t child = fork();
    if (child) return child;
    try {
      History history(path_, false);
      for (int i = 0; i < runs; ++i) history.Add(record, "", 1);
      _exit(0);
    } catch (...) {
      _exit(1);
    }
  };
  constexpr int kRuns = 20;
  const pid_t others[] = {add(kRuns), add(kRuns)};
  for (int trial = 0; trial < 10; ++trial) {
    const pid_t victim = add(1000000);
    usleep(static_cast<useconds_t>(4'000 + 2'700 * trial));
    kill(victim, SIGKILL);
    waitpid(victim, nullptr, 0);
  }
  for (pid_t other : others) {
    int status = 0;
    waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
  }
  HistoryFilter filter;
  filter.metric = "*";
  const auto series = History(path_, false).Series(filter);
  ASSERT_EQ(series.size(), MeasuresOf(record).size());
  EXPECT_GE(series[0].points.size(), 1u + 2 * kRuns);
  for (const HistorySeries& one : series)
    EXPECT_EQ(one.points.size(), series[0].points.size()) << one.key.Text();
}

TEST_F(HistoryTest, OtherFilesAreRefusedByName) {
  EXPECT_THROW(History(path_, false), Error);
  ReplaceFile(path_, "not a database, but long enough to be taken for one\n");
  EXPECT_THAT(ErrorOfOpening(), HasSubstr(path_));
  EXPECT_THROW(History("/nowhere/at/all", true), Error);
}

}  // namespace
}  // namespace daxmend
