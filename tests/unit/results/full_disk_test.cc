// SPDX-License-Identifier: GPL-2.0-only
//
// A disk that is full while results are written: a small tmpfs in a mount name
// space of the test's own, in a process of its own. Skipped without the
// right to mount. (core_file_io_test has the limit that needs no mount.)

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "core/error.h"
#include "results/history/history.h"
#include "results/standard_output.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

constexpr int kNoMount = 77;

class FullDisk : public InScratchDirectory {
 protected:
  // Runs `work` where directory_ is a file system of 512 KiB.
  void OnSmallDisk(const std::function<void()>& work) {
    const pid_t child = fork();
    if (child == 0) {
      if (unshare(CLONE_NEWNS) != 0 ||
          mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          mount("small", directory_.c_str(), "tmpfs", 0, "size=512k") != 0)
        _exit(kNoMount);
      try {
        work();
      } catch (const std::exception& e) {
        ADD_FAILURE() << e.what();
      }
      std::fflush(stdout);
      _exit(HasFailure() ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMount)
      GTEST_SKIP() << "nothing can be mounted here";
    EXPECT_EQ(status, 0);
  }

  // Takes what is left, to the last block.
  void Fill() const {
    const int fd = open((directory_ + "/fill").c_str(),
                        O_WRONLY | O_CREAT | O_APPEND, 0600);
    ASSERT_GE(fd, 0);
    const std::string block(4096, 'x');
    while (write(fd, block.data(), block.size()) > 0) {
    }
    close(fd);
  }
  void MakeRoom() const { std::filesystem::remove(directory_ + "/fill"); }
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(directory_),
                      std::filesystem::directory_iterator()));
  }
  template <class Work>
  std::string ErrorOf(Work work) {
    try {
      work();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(FullDisk, LeavesTheOldFileWholeAndNoPartOfTheNewOne) {
  OnSmallDisk([this] {
    const std::string path = directory_ + "/report.html";
    ReplaceFile(path, "old");
    Fill();
    const std::string error =
        ErrorOf([&] { ReplaceFile(path, std::string(20'000, 'n')); });
    EXPECT_THAT(error, HasSubstr(path));
    EXPECT_THAT(error, HasSubstr("No space left"));
    EXPECT_EQ(ReadFile(path), "old");
    EXPECT_EQ(Files(), 2u);
  });
}

TEST_F(FullDisk, LeavesAHistoryAsItWasAndOpenForMore) {
  OnSmallDisk([this] {
    const std::string path = directory_ + "/history";
    const RunRecord record = SampleRecord(Clock::kVirtual);
    auto runs = [&] {
      HistoryFilter filter;
      filter.job = "fast-read";
      return History(path, false).Series(filter).at(0).points.size();
    };
    History(path, true).Add(record, "", 1);
    Fill();
    const std::string error = ErrorOf([&] {
      History history(path, true);
      for (;;) history.Add(record, "", 2);
    });
    EXPECT_THAT(error, HasSubstr(path));
    MakeRoom();
    const size_t before = runs();
    EXPECT_GE(before, 1u);
    History(path, true).Add(record, "", 3);
    EXPECT_EQ(runs(), before + 1);
  });
}

TEST_F(FullDisk, BehindStandardOutputIsAnErrorNotASilentLoss) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
    _exit(ErrorOf([] {
            PrintOut("a table\n");
          }).find("No space left on device") == std::string::npos
              ? 1
              : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace daxmend
