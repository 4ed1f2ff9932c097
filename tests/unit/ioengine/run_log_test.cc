// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/utf8.h"
#include "ioengine/run_state.h"
#include "records/injection_record.h"
#include "system/file_io.h"
#include "tests/unit/ioengine/sample_job.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RunLogTest : public InScratchDirectory {
 protected:
  static void AddOne(const std::string& path, RunState* state,
                     const Environment& environment, const PoisonRecord& poison,
                     const JobRecord& job) {
    RunRecord one;
    one.environment = environment;
    one.poison = poison;
    one.jobs = {job};
    AddToLog(path, state, one, nullptr);
  }
  RunRecord Log() { return RunRecordFromJson(ReadFile(log_), log_); }
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_))
      names.push_back(entry.path().filename());
    return names;
  }
  static std::string WhyNot(const std::string& path) {
    try {
      CheckPathLog(path);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }

  std::string log_ = directory_ + "/run.json";
  RunState state_;
};

TEST_F(RunLogTest, JobsOfOneRunAreKeptTogetherInTheOrderOfTheJobFile) {
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("b", 2, 10));
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("a", 1, 20));
  const RunRecord record = Log();
  ASSERT_EQ(record.jobs.size(), 2u);
  EXPECT_EQ(record.jobs[0].name, "a");
  EXPECT_EQ(record.jobs[1].name, "b");
}

TEST_F(RunLogTest, ClonesOfAJobAreJoined) {
  for (uint64_t clone = 1; clone <= 4; ++clone)
    AddOne(log_, &state_, SampleEnvironment(), {},
           SampleJob("a", clone, clone * 100));
  const RunRecord record = Log();
  ASSERT_EQ(record.jobs.size(), 1u);
  EXPECT_EQ(record.jobs[0].counters.ios, 4u);
  EXPECT_EQ(record.jobs[0].path(Path::kFast).max(), 400u);
}

TEST_F(RunLogTest, ADisturbedReadingDoesNotUnsayWhatIsKnownOfTheClock) {
  Environment here = SampleEnvironment();
  auto add = [&](uint64_t number, const ClockCheck& check) {
    here.clock_check = check;
    AddOne(log_, &state_, here, {}, SampleJob("a", number, 10));
    return Log().environment.clock_check.value();
  };
  const ClockCheck vague{ClockVerdict::kUnknown, 0.5, 2, 10, "too short"};
  const ClockCheck wrong{ClockVerdict::kWrong, 2, 2.1, 20, ""};
  const ClockCheck ok{ClockVerdict::kOk, 1, 1, 30, ""};
  EXPECT_EQ(add(1, vague), vague);
  EXPECT_EQ(add(2, wrong), wrong);
  EXPECT_EQ(add(3, vague), wrong);
  EXPECT_EQ(add(4, ok), ok);
}

TEST_F(RunLogTest, ANewRunStartsTheLogAnew) {
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("old", 1, 10));
  RunState next;
  AddOne(log_, &next, SampleEnvironment(), {}, SampleJob("new", 1, 10));
  ASSERT_EQ(Log().jobs.size(), 1u);
  EXPECT_EQ(Log().jobs[0].name, "new");
}

TEST_F(RunLogTest, RubbishFromBeforeTheRunDoesNotMatter) {
  std::ofstream(log_) << "not JSON";
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("a", 1, 10));
  EXPECT_EQ(Log().jobs.size(), 1u);
}

TEST_F(RunLogTest, EnvironmentAndPoisonAreThoseOfTheLastJob) {
  Environment environment = SampleEnvironment();
  environment.fio = "fio-3.33";
  AddOne(log_, &state_, environment, {.planted_sectors = 5},
         SampleJob("a", 1, 10));
  AddOne(log_, &state_, environment,
         {.planted_sectors = 5, .remaining_sectors = 2}, SampleJob("b", 2, 10));
  EXPECT_EQ(Log().environment.fio, "fio-3.33");
  EXPECT_EQ(Log().poison.remaining_sectors, 2u);
}

TEST_F(RunLogTest, ProcessesAndThreadsAddThemselvesAtOnceAndNoneIsLost) {
  std::vector<pid_t> children;
  for (uint64_t p = 0; p < 4; ++p) {
    const pid_t pid = fork();
    if (pid == 0) {
      std::vector<std::thread> threads;
      for (uint64_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
          AddOne(log_, &state_, SampleEnvironment(), {},
                 SampleJob("job" + std::to_string(p), p * 4 + t, 10));
        });
      for (std::thread& thread : threads) thread.join();
      _exit(0);
    }
    children.push_back(pid);
  }
  for (pid_t pid : children) {
    int status = 1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const RunRecord record = Log();
  ASSERT_EQ(record.jobs.size(), 4u);
  for (const JobRecord& job : record.jobs) EXPECT_EQ(job.counters.ios, 4u);
  EXPECT_EQ(Files().size(), 1u) << "something was left beside run.json";
}

TEST_F(RunLogTest, CheckingLeavesNothingBehind) {
  EXPECT_EQ(WhyNot(log_), "");
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(RunLogTest, AMissingDirectoryIsMade) {
  EXPECT_EQ(WhyNot(directory_ + "/a/b/run.json"), "");
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/a/b"));
}

TEST_F(RunLogTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_ + "/file") << "x";
  EXPECT_THAT(WhyNot(directory_ + "/file/none/run.json"),
              HasSubstr("create the directory " + directory_ + "/file/none"));
}

TEST_F(RunLogTest, ResultsOfAnEarlierRunAreSetAsideOnceARun) {
  const std::string fio = directory_ + "/fio.json";
  const std::string report = directory_ + "/report.html";
  const std::string inject = directory_ + "/inject.json";
  // It would say that this run is of another day.
  const std::string origin = directory_ + "/origin.json";
  for (const std::string& path : {log_, fio, report, origin, inject})
    ReplaceFile(path, "old");
  BeginLog(log_, &state_);
  for (const std::string& path : {log_, fio, report, origin}) {
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
    EXPECT_EQ(ReadFile(path + ".previous"), "old");
  }
  // inject.json is written before the run.
  EXPECT_EQ(ReadFile(inject), "old");
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("a", 1, 10));
  BeginLog(log_, &state_);
  EXPECT_EQ(Log().jobs.size(), 1u);
}

TEST_F(RunLogTest, TheFileThatFioIsWritingToIsLeftAlone) {
  const std::string fio = directory_ + "/fio.json";
  std::ofstream open(fio);
  open << "fio: a warning\n" << std::flush;
  BeginLog(log_, &state_);
  EXPECT_TRUE(std::filesystem::exists(fio));
  // And one that is empty, for another process may be about to.
  RunState next;
  open.close();
  std::ofstream(fio, std::ios::trunc);
  BeginLog(log_, &next);
  EXPECT_TRUE(std::filesystem::exists(fio));
}

TEST_F(RunLogTest, ALogOfAnotherNameSetsOnlyItselfAside) {
  const std::string log = directory_ + "/mine.json";
  ReplaceFile(log, "old");
  ReplaceFile(directory_ + "/fio.json", "other");
  BeginLog(log, &state_);
  EXPECT_FALSE(std::filesystem::exists(log));
  EXPECT_EQ(ReadFile(directory_ + "/fio.json"), "other");
}

TEST_F(RunLogTest, SectionsOfOneNameThatDifferAreRefused) {
  JobRecord job = SampleJob("a", 1, 10);
  job.options["bs"] = "4k";
  AddOne(log_, &state_, SampleEnvironment(), {}, job);
  job.options["bs"] = "8k";
  EXPECT_THROW(AddOne(log_, &state_, SampleEnvironment(), {}, job), Error);
  EXPECT_EQ(Log().jobs[0].counters.ios, 1u);
}

TEST_F(RunLogTest, NamesThatAreNotUtf8AreJoinedLikeOthers) {
  for (int clone = 1; clone <= 2; ++clone)
    AddOne(log_, &state_, SampleEnvironment(), {},
           SampleJob(AsUtf8("caf\xe9"), clone, 10));
  AddOne(log_, &state_, SampleEnvironment(), {},
         SampleJob(AsUtf8("caf\xe8"), 3, 10));
  ASSERT_EQ(Log().jobs.size(), 2u);
  EXPECT_EQ(Log().jobs[0].workers, 2u);
}

TEST_F(RunLogTest, UnfinishedJobsAreAddedToALogOfThisRunOnly) {
  AddUnfinished(log_, state_, {"a"});
  EXPECT_FALSE(std::filesystem::exists(log_));
  AddOne(log_, &state_, SampleEnvironment(), {}, SampleJob("b", 2, 10));
  AddUnfinished(log_, state_, {"z", "a", "a"});
  EXPECT_THAT(Log().unfinished, ::testing::ElementsAre("a", "z"));
  RunState next;
  AddUnfinished(log_, next, {"c"});
  EXPECT_THAT(Log().unfinished, ::testing::ElementsAre("a", "z"));
}

TEST_F(RunLogTest, ADirectoryIsNotALog) {
  EXPECT_THAT(WhyNot(directory_), HasSubstr("is not a regular file"));
}

TEST_F(RunLogTest, WhatWasInjectedIsReadFromBesideTheLog) {
  EXPECT_EQ(InjectedBeside(log_), PoisonRecord{});
  InjectionRecord record;
  record.injections.push_back(
      {.injector = "ndctl",
       .device = "pmem0",
       .file = "/mnt/pmem/f",
       .time_ns = 1,
       .ranges = {{.file = {0, 512}, .sectors = {8, 9}, .spa = {0, 512}}}});
  ReplaceFile(directory_ + "/inject.json", ToJson(record));
  EXPECT_EQ(InjectedBeside(log_).planted_sectors, 1u);
  EXPECT_EQ(InjectedBeside(log_).planted_pages, 1u);
}

TEST_F(RunLogTest, RubbishInInjectJsonIsNamed) {
  ReplaceFile(directory_ + "/inject.json", "{");
  EXPECT_THROW(InjectedBeside(log_), Error);
}

TEST(RunState, TheFirstIoOfTheRunDecidesForAll) {
  RunState state;
  EXPECT_EQ(state.FirstIo(100), 100u);
  EXPECT_EQ(state.FirstIo(50), 100u);
  EXPECT_EQ(state.first_io_ns(), 100u);
}

TEST(RunState, JobsLeftByAnotherProcessAreCollected) {
  RunState state;
  const pid_t pid = fork();
  if (pid == 0) {
    JobRecord job;
    job.name = "child";
    job.path(Path::kRecovery).Record(77);
    job.counters.lost_sectors = 3;
    state.Leave(job, {}, "/tmp/run.json", {.remaining_sectors = 9});
    _exit(0);
  }
  waitpid(pid, nullptr, 0);
  const RunState::Left left = state.Collect();
  ASSERT_EQ(left.jobs.size(), 1u);
  EXPECT_EQ(left.jobs[0].name, "child");
  EXPECT_EQ(left.jobs[0].path(Path::kRecovery).max(), 77u);
  EXPECT_EQ(left.jobs[0].counters.lost_sectors, 3u);
  EXPECT_EQ(left.poison.remaining_sectors, 9u);
  EXPECT_THAT(left.path_logs, ::testing::ElementsAre("/tmp/run.json"));
}

TEST(RunState, AWorkerThatIsKilledIsMissed) {
  RunState state;
  const uint64_t ended = state.Started("whole", "");
  for (const char* job : {"killed", "whole"}) {
    const pid_t pid = fork();
    if (pid == 0) {
      const uint64_t worker = state.Started(job, "/tmp/run.json");
      if (job == std::string("killed")) raise(SIGKILL);
      state.Ended(worker);
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }
  state.Ended(ended);
  EXPECT_THAT(state.Collect().killed,
              ::testing::ElementsAre(
                  RunState::Left::Killed{"killed", "/tmp/run.json"}));
}

TEST(RunState, MoreJobsThanThereIsRoomForAreCounted) {
  RunState state;
  JobRecord job;
  job.name = "many";
  for (size_t i = 0; i < RunState::kJobs + 3; ++i) state.Leave(job, {}, "", {});
  EXPECT_EQ(state.Collect().not_kept, 3u);
}

}  // namespace
}  // namespace daxmend
