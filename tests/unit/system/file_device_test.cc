// SPDX-License-Identifier: GPL-2.0-only

#include "system/file_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fiemap.h>
#include <sys/sysmacros.h>

#include "core/error.h"
#include "system/dax_file.h"
#include "system/extent_map.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

const dev_t kDataDevice = makedev(259, 1);
const dev_t kRealtimeDevice = makedev(259, 2);
const dev_t kLogDevice = makedev(259, 3);

std::optional<dev_t> NumberOf(const std::string& node) {
  if (node == "/dev/pmem0p1") return kDataDevice;
  if (node == "/dev/pmem0p2") return kRealtimeDevice;
  if (node == "/dev/pmem0,log") return kLogDevice;
  return std::nullopt;
}

constexpr char kXfsWithRealtime[] =
    "40 20 259:1 / /mnt/pmem rw shared:1 - xfs /dev/pmem0p1 "
    "rw,attr2,dax=always,inode64,logdev=/dev/pmem0\\054log,rtdev=/dev/pmem0p2,"
    "noquota\n";

FileDevice Where(const FileFacts& facts,
                 const char* mounts = kXfsWithRealtime) {
  return DeviceOfExtents(
      facts, [&] { return ParseMountInfo(mounts); }, NumberOf);
}

TEST(FileDevice, IsTheRealtimeDeviceOfAFileThatLiesThere) {
  EXPECT_EQ(Where({kDataDevice, "xfs", true}).number, kRealtimeDevice);
}

TEST(FileDevice, IsTheFilesOwnWhereItIsNotRealtime) {
  EXPECT_EQ(Where({kDataDevice, "xfs", false}).number, kDataDevice);
  EXPECT_EQ(Where({kDataDevice, "ext4", false}).number, kDataDevice);
}

TEST(FileDevice, IsUnknownWhereNoMountNamesTheRealtimeDevice) {
  const FileDevice inside = Where({kDataDevice, "xfs", true},
                                  "40 20 259:1 / /mnt rw - xfs /dev/x rw\n");
  EXPECT_FALSE(inside.number);
  EXPECT_THAT(inside.cause, HasSubstr("real-time"));
  // Of another file system.
  EXPECT_FALSE(Where({kLogDevice, "xfs", true}).number);
}

TEST(FileDevice, NamesTheRealtimeDeviceThatIsNotThere) {
  const FileDevice gone =
      Where({kDataDevice, "xfs", true},
            "40 20 259:1 / /mnt rw - xfs /dev/x rw,rtdev=/dev/sdz\n");
  EXPECT_FALSE(gone.number);
  EXPECT_THAT(gone.cause, HasSubstr("/dev/sdz"));
}

TEST(FileDevice, IsUnknownWhereXfsCannotBeAsked) {
  EXPECT_FALSE(Where({kDataDevice, "xfs", std::nullopt}).number);
}

TEST(FileDevice, IsUnknownOnFileSystemsThatMayHaveSeveral) {
  for (const char* filesystem : {"btrfs", "f2fs", "overlayfs", "erofs", "0x1"})
    EXPECT_THAT(Where({kDataDevice, filesystem, false}).cause,
                HasSubstr(filesystem));
  EXPECT_THAT(Where({makedev(0, 40), "ext4", false}).cause,
              HasSubstr("no block device"));
}

TEST(MountDevices, AreDataRealtimeAndLogOfXfs) {
  const Mount mount = ParseMountInfo(kXfsWithRealtime).front();
  EXPECT_EQ(DevicesOf(mount, NumberOf),
            (std::vector<MountDevice>{
                {DeviceRole::kData, "/dev/pmem0p1", kDataDevice},
                {DeviceRole::kRealtime, "/dev/pmem0p2", kRealtimeDevice},
                {DeviceRole::kLog, "/dev/pmem0,log", kLogDevice}}));
}

TEST(MountDevices, OfAFileSystemThatIsNotKnownAreNotAsked) {
  const auto devices = [](const char* line) {
    return DevicesOf(ParseMountInfo(line).front(), NumberOf);
  };
  EXPECT_EQ(devices("40 20 0:33 / /mnt rw - btrfs /dev/pmem0p1 rw\n"),
            (std::vector<MountDevice>{
                {DeviceRole::kOther, "/dev/pmem0p1", kDataDevice}}));
  EXPECT_TRUE(devices("40 20 0:33 / /mnt rw - tmpfs none rw\n").empty());
}

TEST(WhyUnplaced, IsNullForPlainExtentsOnly) {
  for (uint32_t plain :
       {0u, FIEMAP_EXTENT_LAST + 0u, FIEMAP_EXTENT_UNWRITTEN + 0u,
        FIEMAP_EXTENT_SHARED + 0u, FIEMAP_EXTENT_MERGED + 0u})
    EXPECT_EQ(WhyUnplaced(plain), nullptr) << plain;
  EXPECT_THAT(WhyUnplaced(FIEMAP_EXTENT_ENCODED), HasSubstr("compressed"));
  EXPECT_THAT(
      WhyUnplaced(FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED),
      HasSubstr("inode"));
  EXPECT_THAT(WhyUnplaced(FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN),
              HasSubstr("sync"));
  for (uint32_t odd : {FIEMAP_EXTENT_UNKNOWN + 0u, FIEMAP_EXTENT_DATA_TAIL + 0u,
                       FIEMAP_EXTENT_NOT_ALIGNED + 0u})
    EXPECT_NE(WhyUnplaced(odd), nullptr) << odd;
}

std::string WhyNotDax(const DaxFile& file) {
  try {
    RequireDax(file);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(DaxFile, WhosePoisonCannotBeLocatedIsRefusedWithTheCause) {
  const DaxFile file{.path = "/mnt/f",
                     .dax = true,
                     .regular = true,
                     .filesystem = "xfs",
                     .device = {},
                     .no_device = "it is on the moon"};
  EXPECT_THAT(WhyNotDax(file),
              testing::AllOf(HasSubstr("/mnt/f"), HasSubstr("on the moon")));
}

TEST(DaxFile, OnADiskWithoutAListIsRefused) {
  const DaxFile file{.path = "/mnt/f",
                     .dax = true,
                     .regular = true,
                     .filesystem = "ext4",
                     .device = BlockDevice{.name = "none9", .disk = "none9"},
                     .no_device = ""};
  EXPECT_THAT(WhyNotDax(file), HasSubstr("/dev/none9"));
}

}  // namespace
}  // namespace daxmend
