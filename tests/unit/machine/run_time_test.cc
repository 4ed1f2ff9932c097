// SPDX-License-Identifier: GPL-2.0-only

#include "machine/run_time.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

class RunTimeTest : public InScratchDirectory {
 protected:
  void WriteTask(int task, const std::string& schedstat) {
    const fs::path place = directory_ + "/7/task/" + std::to_string(task);
    fs::create_directories(place);
    std::ofstream(place / "schedstat") << schedstat << "\n";
  }
};

TEST_F(RunTimeTest, TimeSpentWaitingForAProcessorDoesNotCount) {
  const RunTime time(7, directory_);
  WriteTask(7, "100 5 1");
  WriteTask(8, "100 1000000000000000 1");  // 11 days, before it began
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(time.seconds(), 0);
}

TEST_F(RunTimeTest, AllOtherTimeCounts) {
  const RunTime time(7, directory_);
  WriteTask(7, "100 5 1");
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(time.seconds(), 0.0019);
}

TEST_F(RunTimeTest, WhereTheKernelDoesNotCountWaitingAllTimeIsRunningTime) {
  const RunTime time(7, directory_);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(time.seconds(), 0.0019);
}

TEST(WaitedForProcessor, IsTheSecondNumber) {
  EXPECT_EQ(WaitedForProcessor("256198 19432861 2"), 19432861u);
}

TEST(WaitedForProcessor, IsNothingWhereThereIsNoSuchLine) {
  EXPECT_EQ(WaitedForProcessor(""), 0u);
  EXPECT_EQ(WaitedForProcessor("17"), 0u);
  EXPECT_EQ(WaitedForProcessor("a b c"), 0u);
}

}  // namespace
}  // namespace daxmend
