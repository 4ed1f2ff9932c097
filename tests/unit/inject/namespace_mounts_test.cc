// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/namespace_mounts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

class NamespaceMounts : public InScratchDirectory {
 protected:
  void Process(const std::string& name, const std::string& space,
               const std::string& mounts) {
    const fs::path process = proc() / name;
    fs::create_directories(process / "ns");
    fs::create_symlink("mnt:[" + space + "]", process / "ns/mnt");
    std::ofstream(process / "mountinfo") << mounts;
  }
  fs::path proc() const { return directory_; }
};

TEST_F(NamespaceMounts, OfEachOtherNamespaceOneProcessIsAsked) {
  Process("self", "1", "");
  Process("10", "1", "36 35 259:0 / /mnt rw - ext4 /dev/pmem0 rw\n");
  for (const char* process : {"17", "18"})
    Process(process, "2",
            "40 39 0:5 / / rw - tmpfs none rw\n"
            "41 40 259:0 /sub /data rw - ext4 /dev/pmem0 rw\n");
  // No process, and one that may not be looked at.
  Process("bus", "3", "42 1 259:0 / /bus rw - ext4 /dev/pmem0 rw\n");
  fs::create_directories(proc() / "19");
  const std::vector<Mount> mounts = MountsOfOtherNamespaces(proc().string());
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(fs::path(mounts[0].point).filename(), "root");
  EXPECT_TRUE(mounts[1].point == (proc() / "17/root/data").string() ||
              mounts[1].point == (proc() / "18/root/data").string())
      << mounts[1].point;
  EXPECT_EQ(mounts[1].root, "/sub");
}

TEST_F(NamespaceMounts, OneOfWhichAProcessEndsMeanwhileIsAskedByTheNext) {
  Process("self", "1", "");
  // Whichever is met first, most likely it is none that can tell.
  for (int pid = 20; pid < 60; ++pid) {
    Process(std::to_string(pid), "2", "");
    if (pid != 40) fs::remove(proc() / std::to_string(pid) / "mountinfo");
  }
  std::ofstream(proc() / "40/mountinfo")
      << "41 40 259:0 / /data rw - ext4 /dev/pmem0 rw\n";
  const std::vector<Mount> mounts = MountsOfOtherNamespaces(proc().string());
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].point, (proc() / "40/root/data").string());
}

TEST_F(NamespaceMounts, OneIsLookedThroughByTheProcessThatIsLeft) {
  Process("self", "1", "");
  for (const char* process : {"17", "18"})
    Process(process, "2", "41 40 259:0 / /data rw - ext4 /dev/pmem0 rw\n");
  const Mount mount = MountsOfOtherNamespaces(proc().string()).at(0);
  const std::string first = mount.point,
                    other = (proc() / (first.find("/17/") == std::string::npos
                                           ? "17/root/data"
                                           : "18/root/data"))
                                .string();
  std::vector<std::string> looked;
  const auto look = [&](const std::string& point) {
    looked.push_back(point);
    if (!fs::exists(fs::path(point).parent_path().parent_path()))
      throw Error("it has ended");
  };
  EXPECT_TRUE(LookThrough(mount, look, proc().string()));
  fs::remove_all(fs::path(first).parent_path().parent_path());
  EXPECT_TRUE(LookThrough(mount, look, proc().string()));
  fs::remove_all(fs::path(other).parent_path().parent_path());
  EXPECT_FALSE(LookThrough(mount, look, proc().string()));
  EXPECT_EQ(looked, (std::vector<std::string>{first, first, other, first}));
}

TEST_F(NamespaceMounts, OneIsFoundByItsTop) {
  const std::optional<Mount> proc_itself = MountAt("/proc");
  ASSERT_TRUE(proc_itself);
  EXPECT_EQ(proc_itself->point, "/proc");
  EXPECT_EQ(proc_itself->filesystem, "proc");
  // As text this is "/proc", too.
  const std::optional<Mount> again = MountAt("/proc/self/root/proc");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, proc_itself->id);
  EXPECT_FALSE(MountAt(directory_));
  EXPECT_THROW(MountAt(directory_ + "/none"), Error);
}

}  // namespace
}  // namespace daxmend
