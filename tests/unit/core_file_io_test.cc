// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

class FileIo : public InScratchDirectory {
 protected:
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(directory_),
                      std::filesystem::directory_iterator()));
  }
};

TEST_F(FileIo, WritesAndReplaces) {
  ReplaceFile(directory_ + "/f", "one");
  ReplaceFile(directory_ + "/f", "two");
  EXPECT_EQ(ReadFile(directory_ + "/f"), "two");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(FileIo, KeepsASymbolicLinkALink) {
  ReplaceFile(directory_ + "/f", "one");
  std::filesystem::create_symlink("f", directory_ + "/link");
  ReplaceFile(directory_ + "/link", "two");
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/link"));
  EXPECT_EQ(ReadFile(directory_ + "/f"), "two");
}

TEST_F(FileIo, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
  ReplaceFile(directory_ + "/f", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(ReplaceFile(directory_ + "/f", std::string(10000, 'x')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(ReadFile(directory_ + "/f"), "old");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(FileIo, ReadsFilesThatLieAboutTheirSize) {
  EXPECT_FALSE(ReadFile("/proc/self/status").empty());
}

TEST_F(FileIo, NamesTheFileThatIsMissing) {
  try {
    ReadFile(directory_ + "/none");
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("none"), std::string::npos);
  }
}

}  // namespace
}  // namespace daxmend
