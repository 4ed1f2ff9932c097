// SPDX-License-Identifier: GPL-2.0-only

#include "system/mount_table.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "core/error.h"

namespace daxmend {
namespace {

TEST(MountTable, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(
      ParseMountInfo(
          "36 35 259:0 / /mnt/a\\040b\\134 rw,noatime shared:1 master:2 - ext4 "
          "/dev/pmem0 rw,dax=always\n"
          "37 35 0:22 /sub /proc rw - proc proc rw\n"),
      (std::vector<Mount>{
          {makedev(259, 0),
           "/",
           "/mnt/a b\\",
           "ext4",
           36,
           "/dev/pmem0",
           {"rw", "dax=always"}},
          {makedev(0, 22), "/sub", "/proc", "proc", 37, "proc", {"rw"}}}));
  EXPECT_TRUE(ParseMountInfo("").empty());
}

TEST(MountTable, RefusesAnythingElse) {
  for (const char* text : {"x\n", "36 35 259:0 / /mnt rw\n",
                           "36 35 none / /mnt rw - ext4 /dev/x rw\n"})
    EXPECT_THROW(ParseMountInfo(text), Error) << text;
}

TEST(MountTable, FindsTheValueOfAnOption) {
  const Mount mount =
      ParseMountInfo(
          "36 35 259:0 / /mnt rw - xfs /dev/x rw,rt,rtdev=/dev/a\\054b,x=\n")
          .front();
  EXPECT_EQ(mount.Option("rtdev"), "/dev/a,b");
  EXPECT_EQ(mount.Option("rt"), std::nullopt);
  EXPECT_EQ(mount.Option("x"), "");
}

TEST(MountTable, KnowsAMountThatCanBeReached) {
  std::vector<Mount> mounts = ReadMounts();
  for (Mount& mount : mounts) {
    if (mount.point != "/proc") continue;
    EXPECT_TRUE(IsReachable(mount));
    // As if another mount lay over it.
    mount.id += 1000000;
    EXPECT_FALSE(IsReachable(mount));
    return;
  }
  FAIL() << "/proc is not mounted";
}

TEST(MountTable, HasTheMountOfProc) {
  bool found = false;
  for (const Mount& mount : ReadMounts()) found |= mount.point == "/proc";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace daxmend
