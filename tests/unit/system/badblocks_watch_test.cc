// SPDX-License-Identifier: GPL-2.0-only
//
// A list of mounts is announced the way a list of bad sectors is (POLLPRI |
// POLLERR) and can be changed without persistent memory.

#include "system/badblocks_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <list>
#include <string>
#include <thread>

#include "core/error.h"
#include "tests/unit/may_mount.h"

namespace daxmend {
namespace {

bool Becomes(const std::atomic<int>& value, int expected) {
  for (int i = 0; i < 500 && value != expected; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return value == expected;
}

TEST(BadblocksWatch, TellsOfEveryChangeUntilItIsStopped) {
  if (!MayMount()) GTEST_SKIP() << "needs the privilege to mount";
  std::atomic<int> changes{0};
  {
    BadblocksWatch watch("/proc/thread-self/mounts", [&] { ++changes; });
    EXPECT_EQ(changes, 0);
    ASSERT_EQ(mount("none", "/tmp", "tmpfs", 0, nullptr), 0);
    EXPECT_TRUE(Becomes(changes, 1));
    ASSERT_EQ(umount("/tmp"), 0);
    EXPECT_TRUE(Becomes(changes, 2));
  }
  ASSERT_EQ(mount("none", "/tmp", "tmpfs", 0, nullptr), 0);
  ASSERT_EQ(umount("/tmp"), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(changes, 2);
}

TEST(BadblocksWatch, HoldsNoFileOpenThatTheProgramCloses) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  BadblocksWatch watch("/proc/self/mounts", [] {});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  close(ends[1]);
  char c;
  // End of file, and not EAGAIN, once the last writer is gone.
  EXPECT_EQ(read(ends[0], &c, 1), 0);
  close(ends[0]);
}

TEST(BadblocksWatch, NamesAListThatIsNotThere) {
  EXPECT_THROW(BadblocksWatch("/nonexistent/badblocks", [] {}), Error);
}

size_t OpenDescriptors() {
  size_t n = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n;
}

TEST(BadblocksWatch, HasOneDescriptorOfTheProcess) {
  {
    BadblocksWatch first("/proc/self/mounts", [] {});
  }
  const size_t before = OpenDescriptors();
  BadblocksWatch watch("/proc/self/mounts", [] {});
  EXPECT_EQ(OpenDescriptors(), before + 1);
}

// fio forks jobs that are processes while others, threads, run.
TEST(BadblocksSubscription, OfAForkedChildIsItsOwn) {
  if (!MayMount()) GTEST_SKIP() << "needs the privilege to mount";
  const std::string list = "/proc/thread-self/mounts";
  BadblocksSubscription of_parent(list, [] {});
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> changes{0};
    BadblocksSubscription own(list, [&] { ++changes; });
    if (mount("none", "/tmp", "tmpfs", 0, nullptr) != 0) _exit(2);
    const bool told = Becomes(changes, 1);
    umount("/tmp");
    _exit(told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(BadblocksSubscription, ManyOfOneListShareTheirDescriptors) {
  BadblocksSubscription first("/proc/self/mounts", [] {});
  const size_t before = OpenDescriptors();
  std::list<BadblocksSubscription> many;
  for (int i = 0; i < 200; ++i) many.emplace_back("/proc/self/mounts", [] {});
  // The watching thread may have been about to begin, which a sanitizer opens
  // and closes files for: a few more or less, but not one for each.
  EXPECT_LT(OpenDescriptors(), before + 20);
}

TEST(BadblocksSubscription, EveryOneIsToldUntilItEnds) {
  if (!MayMount()) GTEST_SKIP() << "needs the privilege to mount";
  const std::string list = "/proc/thread-self/mounts";
  std::atomic<int> first{0}, second{0};
  BadblocksSubscription stays(list, [&] { ++first; });
  {
    BadblocksSubscription goes(list, [&] { ++second; });
    ASSERT_EQ(mount("none", "/tmp", "tmpfs", 0, nullptr), 0);
    EXPECT_TRUE(Becomes(first, 1));
    EXPECT_TRUE(Becomes(second, 1));
  }
  ASSERT_EQ(umount("/tmp"), 0);
  EXPECT_TRUE(Becomes(first, 2));
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace daxmend
