// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/guest_archive.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class GuestArchiveTest : public InScratchDirectory {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << content;
    return path;
  }

  // Unpacks with cpio(1) and returns where.
  std::string Unpack(const std::string& archive) {
    const std::string file = Write("archive", archive);
    const std::string to = directory_ + "/to";
    fs::create_directories(to);
    const std::string command = "cd " + to + " && cpio --quiet -i <" + file;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return to;
  }
};

TEST_F(GuestArchiveTest, CpioUnpacksWhatWasAdded) {
  GuestArchive archive;
  archive.AddDirectory("/add");
  archive.AddFile("/add/odd", "abc", 0755);
  archive.AddFile("add/empty", "", 0600);
  archive.AddFile("add/zeros", std::string(4097, '\0'), 0644);
  const std::string to = Unpack(std::move(archive).Finish());
  EXPECT_EQ(ReadFile(to + "/add/odd"), "abc");
  EXPECT_EQ(ReadFile(to + "/add/empty"), "");
  EXPECT_EQ(ReadFile(to + "/add/zeros"), std::string(4097, '\0'));
  struct stat status;
  ASSERT_EQ(stat((to + "/add/odd").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755u);
}

TEST_F(GuestArchiveTest, CopiesATreeWithItsModesAndFollowsLinks) {
  Write("tree/a/script", "#!/bin/sh\n");
  fs::permissions(directory_ + "/tree/a/script", fs::perms(0755));
  fs::create_symlink("a/script", directory_ + "/tree/link");
  GuestArchive archive;
  archive.AddDirectory("add");
  archive.AddFromHost(directory_ + "/tree/", "add");
  const std::string to = Unpack(std::move(archive).Finish());
  EXPECT_EQ(ReadFile(to + "/add/tree/link"), "#!/bin/sh\n");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(to + "/add/tree/link")));
  struct stat status;
  ASSERT_EQ(stat((to + "/add/tree/a/script").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755u);
}

TEST_F(GuestArchiveTest, EqualContentsAreEqualBytes) {
  auto make = [&] {
    GuestArchive archive;
    archive.AddFromHost(directory_, "add");
    return std::move(archive).Finish();
  };
  Write("b", "1");
  Write("a", "2");
  const std::string before = make();
  Write("a", "2");
  EXPECT_EQ(make(), before);
}

TEST_F(GuestArchiveTest, NamesWhatItCannotRead) {
  GuestArchive archive;
  EXPECT_THAT([&] { archive.AddFromHost(directory_ + "/missing", "add"); },
              ThrowsMessage<Error>(HasSubstr("/missing")));
  EXPECT_THAT([&] { archive.AddFromHost("/dev/null", "add"); },
              ThrowsMessage<Error>(HasSubstr("neither a file nor a")));
}

TEST_F(GuestArchiveTest, TheCommandScriptPassesEveryWordAsItIs) {
  const std::string script =
      Write("command", CommandScript({"printf", "%s|", "a b", "it's", "$HOME",
                                      "", "two\nlines", "*"}));
  const std::string out = directory_ + "/out";
  ASSERT_EQ(std::system(("sh " + script + " >" + out).c_str()), 0);
  EXPECT_EQ(ReadFile(out), "a b|it's|$HOME||two\nlines|*|");
}

}  // namespace
}  // namespace daxmend
