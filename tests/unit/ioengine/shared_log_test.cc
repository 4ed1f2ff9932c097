// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/shared_log.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "records/run_record.h"
#include "system/file_io.h"
#include "tests/unit/ioengine/sample_job.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class SharedLogTest : public InScratchDirectory {
 protected:
  static JobRecord Job(uint64_t number) {
    return SampleJob("job" + std::to_string(number), number, number);
  }
  size_t Logged() {
    if (!std::filesystem::exists(path_)) return 0;
    return RunRecordFromJson(ReadFile(path_), path_).jobs.size();
  }

  std::string path_ = directory_ + "/run.json";
  RunState state_;
};

TEST_F(SharedLogTest, OfThreadsTheFirstAndTheLastWrite) {
  SharedLog a(path_, &state_, hours(1)), b(path_, &state_, hours(1)),
      c(path_, &state_, hours(1));
  LatencyHistogram fast;
  fast.Record(4711);
  JobRecord first = Job(1);
  ++first.counters.ios;
  a.Add(SampleEnvironment(), {}, first, fast);
  a.Done();
  EXPECT_EQ(Logged(), 1u);
  EXPECT_EQ(
      RunRecordFromJson(ReadFile(path_), path_).jobs[0].path(Path::kFast).max(),
      4711u);
  b.Add(SampleEnvironment(), {}, Job(2), {});
  b.Done();
  EXPECT_EQ(Logged(), 1u);
  c.Add(SampleEnvironment(), {.remaining_sectors = 7}, Job(3), {});
  EXPECT_EQ(Logged(), 3u);
  EXPECT_EQ(RunRecordFromJson(ReadFile(path_), path_).poison.remaining_sectors,
            7u);
}

TEST_F(SharedLogTest, TheLastWritesThoughItHasNothingToAdd) {
  SharedLog a(path_, &state_, hours(1)), b(path_, &state_, hours(1)),
      c(path_, &state_, hours(1));
  a.Add(SampleEnvironment(), {}, Job(1), {});
  b.Add(SampleEnvironment(), {}, Job(2), {});
  a.Done();
  b.Done();
  EXPECT_EQ(Logged(), 1u);
  c.Done();
  EXPECT_EQ(Logged(), 2u);
}

TEST_F(SharedLogTest, WhatWaitsIsWrittenThoughNobodyEnds) {
  SharedLog stays(path_, &state_, milliseconds(20));
  {
    SharedLog a(path_, &state_, milliseconds(20)),
        b(path_, &state_, milliseconds(20));
    a.Add(SampleEnvironment(), {}, Job(1), {});
    b.Add(SampleEnvironment(), {}, Job(2), {});
  }
  for (int i = 0; i < 3000 && Logged() < 2; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(Logged(), 2u);
}

TEST_F(SharedLogTest, ManyThreads) {
  std::vector<std::unique_ptr<SharedLog>> logs;
  for (uint64_t i = 0; i < 64; ++i)
    logs.push_back(std::make_unique<SharedLog>(path_, &state_));
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 64; ++i)
    threads.emplace_back([&, i] {
      logs[i]->Add(SampleEnvironment(), {}, Job(i + 1), {});
      logs[i]->Done();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Logged(), 64u);
}

TEST_F(SharedLogTest, WhatCouldNotBeWrittenWaitsForTheNext) {
  SharedLog a(path_, &state_), b(path_, &state_);
  std::filesystem::rename(directory_, directory_ + ".gone");
  EXPECT_THROW(a.Add(SampleEnvironment(), {}, Job(1), {}), Error);
  a.Done();
  std::filesystem::rename(directory_ + ".gone", directory_);
  b.Add(SampleEnvironment(), {}, Job(2), {});
  EXPECT_EQ(Logged(), 2u);
}

TEST_F(SharedLogTest, WhatAnotherProcessWroteMeanwhileStays) {
  SharedLog a(path_, &state_), b(path_, &state_, hours(0));
  a.Add(SampleEnvironment(), {}, Job(1), {});
  const pid_t child = fork();
  if (child == 0) {
    SharedLog own(path_, &state_);
    own.Add(SampleEnvironment(), {}, Job(2), {});
    own.Done();
    _exit(Logged() == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  a.Done();
  b.Add(SampleEnvironment(), {}, Job(3), {});
  EXPECT_EQ(Logged(), 3u);
}

TEST_F(SharedLogTest, AJobWithOtherOptionsIsRefusedAndTheOthersStay) {
  SharedLog a(path_, &state_, hours(1)), b(path_, &state_, hours(1)),
      c(path_, &state_, hours(1));
  a.Add(SampleEnvironment(), {}, Job(1), {});
  JobRecord other = Job(1);
  other.options["bs"] = "8k";
  EXPECT_THROW(b.Add(SampleEnvironment(), {}, other, {}), Error);
  c.Add(SampleEnvironment(), {}, Job(2), {});
  for (SharedLog* log : {&a, &b, &c}) log->Done();
  EXPECT_EQ(Logged(), 2u);
}

}  // namespace
}  // namespace daxmend
