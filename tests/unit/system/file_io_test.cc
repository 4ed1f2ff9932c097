// SPDX-License-Identifier: GPL-2.0-only

#include "system/file_io.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "tests/unit/scratch_directory.h"

namespace {
std::atomic<int> umask_calls = 0;

mode_t RealUmask(mode_t mask) {
  static const auto real =
      reinterpret_cast<mode_t (*)(mode_t)>(dlsym(RTLD_NEXT, "umask"));
  return real(mask);
}
}  // namespace

// In place of libc's: a umask that is changed and changed back is another
// thread's wrong one in between.
extern "C" mode_t umask(mode_t mask) noexcept {
  ++umask_calls;
  return RealUmask(mask);
}

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
  const auto action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(ReplaceFile(directory_ + "/f", std::string(10000, 'x')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, action);
  EXPECT_EQ(ReadFile(directory_ + "/f"), "old");
  EXPECT_EQ(Files(), 1u);
}

// In a directory like /tmp that is nobody's, with a victim's file outside.
class SharedDirectory : public FileIo {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to act as other users";
    std::filesystem::create_directory(shared_);
    ASSERT_EQ(chown(shared_.c_str(), kOwner, kOwner), 0);
    ASSERT_EQ(chmod(shared_.c_str(), 01777), 0);
    ReplaceFile(victim_, "precious");
  }
  // A symbolic link NAME in the shared directory that belongs to `owner`.
  std::string Link(const std::string& name, const std::string& target,
                   uid_t owner) const {
    const std::string link = shared_ + "/" + name;
    std::filesystem::create_symlink(target, link);
    EXPECT_EQ(lchown(link.c_str(), owner, owner), 0);
    return link;
  }
  static std::string Refusal(const std::string& path) {
    try {
      ReplaceFile(path, "new");
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), EACCES);
      return e.what();
    }
    return "";
  }

  static constexpr uid_t kOwner = 65534, kAttacker = 65533;
  const std::string shared_ = directory_ + "/shared";
  const std::string victim_ = directory_ + "/victim";
};

TEST_F(SharedDirectory, ALinkOfSomebodyElseIsNotFollowed) {
  const std::string link = Link("x", victim_, kAttacker);
  EXPECT_NE(Refusal(link).find(link), std::string::npos);
  EXPECT_EQ(ReadFile(victim_), "precious");
  // Nor a link to it from a place that can be trusted, nor one on the way.
  std::filesystem::create_symlink(link, directory_ + "/mine");
  EXPECT_NE(Refusal(directory_ + "/mine"), "");
  EXPECT_NE(Refusal(Link("d", directory_, kAttacker) + "/victim"), "");
  EXPECT_NE(Refusal(Link("nowhere", directory_ + "/new", kAttacker)), "");
  EXPECT_EQ(ReadFile(victim_), "precious");
  EXPECT_EQ(Files(), 3u);
}

TEST_F(SharedDirectory, LinksOfOursAndOfTheDirectorysOwnerAreFollowed) {
  ReplaceFile(Link("mine", victim_, 0), "one");
  EXPECT_EQ(ReadFile(victim_), "one");
  ReplaceFile(Link("owners", victim_, kOwner), "two");
  EXPECT_EQ(ReadFile(victim_), "two");
}

TEST_F(SharedDirectory, AFileOfSomebodyElseIsReplacedNotWrittenTo) {
  ReplaceFile(shared_ + "/f", "theirs");
  ASSERT_EQ(chown((shared_ + "/f").c_str(), kAttacker, kAttacker), 0);
  const FileDescriptor theirs = FileDescriptor::Open(shared_ + "/f", O_RDONLY);
  ReplaceFile(shared_ + "/f", "secret");
  char byte;
  EXPECT_EQ(pread(theirs.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 't');
  struct stat st;
  ASSERT_EQ(stat((shared_ + "/f").c_str(), &st), 0);
  EXPECT_EQ(st.st_uid, 0u);
}

TEST_F(FileIo, FollowsLinksThroughDirectoriesAndUpwards) {
  std::filesystem::create_directories(directory_ + "/a/b");
  std::filesystem::create_symlink("a/b", directory_ + "/d");
  std::filesystem::create_symlink("../c/../f", directory_ + "/a/b/l");
  std::filesystem::create_directory(directory_ + "/a/c");
  ReplaceFile(directory_ + "//d/l", "one");
  EXPECT_EQ(ReadFile(directory_ + "/a/f"), "one");
  std::filesystem::create_symlink("loop", directory_ + "/loop");
  EXPECT_THROW(ReplaceFile(directory_ + "/loop", ""), Error);
  EXPECT_THROW(ReplaceFile(directory_ + "/none/f", ""), Error);
  EXPECT_THROW(ReplaceFile(directory_ + "/a", ""), Error);
  EXPECT_THROW(ReplaceFile(directory_ + "/a/", ""), Error);
  EXPECT_THROW(ReplaceFile("", ""), Error);
}

TEST_F(FileIo, ADeviceIsWrittenToAndAFifoIsRefused) {
  ReplaceFile("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_THROW(ReplaceFile("/dev/full", "text"), Error);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THROW(ReplaceFile(fifo, "text"), Error);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
}

TEST_F(FileIo, AppliesTheUmaskWithoutTouchingIt) {
  umask_calls = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (int i = 0; i < 40; ++i)
        ReplaceFile(directory_ + "/" + std::to_string(t * 40 + i), "x");
    });
  threads.clear();
  EXPECT_EQ(umask_calls, 0);
  const mode_t before = RealUmask(027);
  ReplaceFile(directory_ + "/masked", "x");
  ReplaceFile(directory_ + "/private", "x", 0600);
  const std::string scratch = MakeScratchFile(directory_ + "/scratch");
  RealUmask(before);
  for (auto [file, mode] : {std::pair{directory_ + "/masked", 0640u},
                            {directory_ + "/private", 0600u},
                            {scratch, 0640u}}) {
    struct stat st;
    ASSERT_EQ(stat(file.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, mode) << file;
  }
}

TEST_F(FileIo, ScratchFilesHaveNamesOfTheirOwn) {
  EXPECT_NE(MakeScratchFile(directory_ + "/s"),
            MakeScratchFile(directory_ + "/s"));
  EXPECT_EQ(Files(), 2u);
  EXPECT_THROW(MakeScratchFile(directory_ + "/none/s"), Error);
}

TEST_F(FileIo, LongNamesAreWritten) {
  const std::string name = directory_ + "/" + std::string(255, 'n');
  ReplaceFile(name, "x");
  EXPECT_EQ(ReadFile(name), "x");
}

TEST_F(FileIo, ADeviceWithoutAnEndIsRefused) {
  EXPECT_THROW(ReadFile("/dev/zero"), Error);
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
