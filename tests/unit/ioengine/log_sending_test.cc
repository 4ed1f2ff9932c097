// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/log_sending.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/error.h"
#include "ioengine/shared_log.h"
#include "system/file_io.h"
#include "tests/unit/ioengine/sample_job.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

class LogSendingTest : public InScratchDirectory {
 protected:
  // For a worker that has ended; how often it waited.
  unsigned Send(
      const std::string& log, const std::function<void()>& meanwhile = [] {}) {
    unsigned pauses = 0;
    SendInTurn(log, &state_, [&] { ++sent_[log]; },
               {.second = [&] { return second_; },
                .pause =
                    [&] {
                      if (++pauses == 1) meanwhile();
                      ++second_;
                    }});
    return pauses;
  }
  void WorkerEnds(const std::string& log) {
    state_.Ended(state_.Started("ended", log));
  }

  const std::string log_ = directory_ + "/run.json";
  uint64_t second_ = 7;
  RunState state_;
  std::map<std::string, unsigned> sent_;
};

TEST_F(LogSendingTest, TheFirstInASecondAndTheLastSendAtOnce) {
  const uint64_t runs = state_.Started("runs", log_);
  WorkerEnds(log_);
  EXPECT_EQ(Send(log_), 0u);
  state_.Ended(runs);
  EXPECT_EQ(Send(log_), 0u);
  EXPECT_EQ(sent_[log_], 2u);
}

// Whatever becomes of the host afterwards, the client has it.
TEST_F(LogSendingTest, OthersSendInTheNextSecondThoughOneRunsOn) {
  state_.Started("runs on", log_);
  Send(log_);
  EXPECT_EQ(Send(log_), 1u);
  EXPECT_EQ(sent_[log_], 2u);
}

TEST_F(LogSendingTest, OneThatBeganMeanwhileIsForAllThatWait) {
  state_.Started("runs on", log_);
  Send(log_);
  EXPECT_EQ(Send(log_,
                 [&] {
                   ++second_;
                   EXPECT_EQ(Send(log_), 0u);
                   --second_;
                 }),
            1u);
  EXPECT_EQ(sent_[log_], 2u);
}

TEST_F(LogSendingTest, OneThatFailsIsNotTriedByEach) {
  state_.Started("runs on", log_);
  Send(log_);
  Send(log_, [&] {
    EXPECT_THROW(
        SendInTurn(log_, &state_, [] { throw Error("no"); },
                   {.second = [&] { return second_ + 1; }, .pause = [] {}}),
        Error);
  });
  EXPECT_EQ(sent_[log_], 1u);
}

TEST_F(LogSendingTest, WorkersOfAnotherLogAreNotWaitedFor) {
  state_.Started("has none", "");
  state_.Started("has another", directory_ + "/other.json");
  Send(log_);
  EXPECT_EQ(Send(log_), 0u);
  EXPECT_EQ(sent_[log_], 2u);
}

TEST_F(LogSendingTest, EachLogHasItsOwnSeconds) {
  const std::string other = directory_ + "/other.json";
  state_.Started("runs", log_);
  state_.Started("runs", other);
  EXPECT_EQ(Send(log_), 0u);
  EXPECT_EQ(Send(other), 0u);
}

TEST_F(LogSendingTest, AWorkerThatWasKilledIsNotWaitedFor) {
  const pid_t child = fork();
  if (child == 0) {
    state_.Started("killed", log_);
    raise(SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  Send(log_);
  EXPECT_EQ(Send(log_), 0u);
}

TEST_F(LogSendingTest, WhatThreadsLeftIsWrittenFirst) {
  SharedLog runs(log_, &state_, std::chrono::hours(1));
  SharedLog first(log_, &state_, std::chrono::hours(1));
  SharedLog second(log_, &state_, std::chrono::hours(1));
  state_.Started("runs on", log_);
  first.Add(SampleEnvironment(), {}, SampleJob("a", 1, 1), {});
  first.Done();
  Send(log_);
  second.Add(SampleEnvironment(), {}, SampleJob("b", 2, 1), {});
  second.Done();
  EXPECT_TRUE(SharedLog::Waits(log_));
  EXPECT_EQ(Send(log_), 1u);
  EXPECT_EQ(RunRecordFromJson(ReadFile(log_), log_).jobs.size(), 2u);
}

// A full disk: nobody can write, and a thousand threads wait for no turn.
TEST_F(LogSendingTest, NobodyWaitsLongForWhatCannotBeWritten) {
  SharedLog runs(log_, &state_, std::chrono::hours(1));
  SharedLog ends(log_, &state_, std::chrono::hours(1));
  state_.Started("runs on", log_);
  runs.Add(SampleEnvironment(), {}, SampleJob("a", 1, 1), {});
  ends.Add(SampleEnvironment(), {}, SampleJob("b", 2, 1), {});
  ends.Done();
  std::filesystem::rename(directory_, directory_ + ".gone");
  const auto taken = [&] { state_.SendsOf(log_)->second = second_; };
  taken();
  unsigned pauses = 0;
  EXPECT_THROW(SendInTurn(log_, &state_, [] {},
                          {.second = [&] { return second_; },
                           .pause =
                               [&] {
                                 ++pauses;
                                 ++second_;
                                 taken();
                               }}),
               Error);
  std::filesystem::rename(directory_ + ".gone", directory_);
  EXPECT_EQ(pauses, 3u);
}

}  // namespace
}  // namespace daxmend
