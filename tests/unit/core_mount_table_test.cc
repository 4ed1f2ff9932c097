// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "core/error.h"
#include "core/mount_table.h"

namespace daxmend {
namespace {

TEST(MountTable, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(
      ParseMountInfo(
          "36 35 259:0 / /mnt/a\\040b\\134 rw,noatime shared:1 master:2 - ext4 "
          "/dev/pmem0 rw,dax=always\n"
          "37 35 0:22 /sub /proc rw - proc proc rw\n"),
      (std::vector<Mount>{{makedev(259, 0), "/", "/mnt/a b\\", "ext4"},
                          {makedev(0, 22), "/sub", "/proc", "proc"}}));
  EXPECT_TRUE(ParseMountInfo("").empty());
}

TEST(MountTable, RefusesAnythingElse) {
  for (const char* text : {"x\n", "36 35 259:0 / /mnt rw\n",
                           "36 35 none / /mnt rw - ext4 /dev/x rw\n"})
    EXPECT_THROW(ParseMountInfo(text), Error) << text;
}

TEST(MountTable, HasTheMountOfProc) {
  bool found = false;
  for (const Mount& mount : ReadMounts()) found |= mount.point == "/proc";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace daxmend
