// SPDX-License-Identifier: GPL-2.0-only

#include "machine/handover.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class HandoverTest : public InScratchDirectory {
 protected:
  std::string Path(const std::string& name) { return directory_ + "/" + name; }

  void Write(const std::string& name, const std::string& content) {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << content;
  }

  // A disk as the guest leaves it: a tar, then zeros.
  FileDescriptor Disk() {
    const std::string command = "cd " + Path("guest") + " && tar -c -f " +
                                Path("disk") +
                                " out status && truncate -s 1M " + Path("disk");
    EXPECT_EQ(std::system(command.c_str()), 0);
    return FileDescriptor::Open(Path("disk"), O_RDWR);
  }
};

TEST_F(HandoverTest, GivesTheCommandsStatusAndItsFiles) {
  Write("guest/status", "7\n");
  Write("guest/out/run.json", "{}");
  Write("guest/out/deep/er", "x");
  const FileDescriptor disk = Disk();
  EXPECT_EQ(HandedOverStatus(disk.get()), 7);
  UnpackHandedOver(disk.get(), Path("results/today"));
  EXPECT_EQ(ReadFile(Path("results/today/run.json")), "{}");
  EXPECT_EQ(ReadFile(Path("results/today/deep/er")), "x");
}

TEST_F(HandoverTest, AnEmptyOrTornDiskHasNoStatus) {
  Write("empty", std::string(65536, '\0'));
  EXPECT_EQ(
      HandedOverStatus(FileDescriptor::Open(Path("empty"), O_RDONLY).get()),
      std::nullopt);
  Write("guest/status", "0\n");
  Write("guest/out/large", std::string(50000, 'x'));
  const FileDescriptor disk = Disk();
  fs::resize_file(Path("disk"), 20000);
  EXPECT_EQ(HandedOverStatus(disk.get()), std::nullopt);
}

TEST_F(HandoverTest, ReplacesWhatHasTheSameNameAndKeepsTheRest) {
  Write("guest/status", "0\n");
  Write("guest/out/same/new", "new");
  Write("guest/out/file", "new");
  Write("results/same/old", "old");
  Write("results/file/was-a-directory", "old");
  Write("results/other", "kept");
  UnpackHandedOver(Disk().get(), Path("results"));
  EXPECT_EQ(ReadFile(Path("results/same/new")), "new");
  EXPECT_FALSE(fs::exists(Path("results/same/old")));
  EXPECT_EQ(ReadFile(Path("results/file")), "new");
  EXPECT_EQ(ReadFile(Path("results/other")), "kept");
}

TEST_F(HandoverTest, FollowsALinkToADirectory) {
  Write("guest/status", "0\n");
  Write("guest/out/run.json", "{}");
  fs::create_directories(Path("2026-01-01"));
  fs::create_directory_symlink("2026-01-01", Path("latest"));
  UnpackHandedOver(Disk().get(), Path("latest"));
  EXPECT_TRUE(fs::is_symlink(Path("latest")));
  EXPECT_EQ(ReadFile(Path("2026-01-01/run.json")), "{}");
}

TEST_F(HandoverTest, LeavesNothingWhenItFailsAndNamesThePlace) {
  Write("guest/status", "0\n");
  Write("guest/out/large", std::string(50000, 'x'));
  const FileDescriptor disk = Disk();
  fs::resize_file(Path("disk"), 20000);
  EXPECT_THAT([&] { UnpackHandedOver(disk.get(), Path("results")); },
              ThrowsMessage<Error>(HasSubstr(Path("results"))));
  EXPECT_FALSE(fs::exists(Path("results")));
  for (const auto& entry : fs::directory_iterator(directory_))
    EXPECT_THAT(entry.path().filename().string(),
                ::testing::AnyOf("guest", "disk"));
}

}  // namespace
}  // namespace daxmend
