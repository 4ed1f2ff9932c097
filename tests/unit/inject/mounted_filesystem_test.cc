// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/mounted_filesystem.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace daxmend {
namespace {

Mount At(const std::string& point, const std::string& root, int minor = 0) {
  return {.device = makedev(259, minor),
          .root = root,
          .point = point,
          .filesystem = "ext4"};
}

std::vector<std::string> Points(const MountedFilesystem& filesystem) {
  std::vector<std::string> points;
  for (const Mount& view : filesystem.views) points.push_back(view.point);
  return points;
}

bool All(const Mount&) { return true; }

using Names = std::vector<std::string>;

TEST(MountedFilesystem, IsSeenThroughTheMountOfAllOfIt) {
  const auto found = FilesystemsOf(
      {At("/bind", "/sub"), At("/mnt", "/"), At("/again", "/")}, {}, All);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Points(found[0]), Names{"/mnt"});
  EXPECT_TRUE(found[0].whole);
}

TEST(MountedFilesystem, IsSeenInPartsWhereOnlyDirectoriesAreMounted) {
  const auto found = FilesystemsOf({At("/a", "/sub/deep"), At("/b", "/sub"),
                                    At("/c", "/subway"), At("/d", "/sub")},
                                   {}, All);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Points(found[0]), (Names{"/b", "/c"}));
  EXPECT_FALSE(found[0].whole);
}

TEST(MountedFilesystem, IsNotSeenThroughAMountThatAnotherOneCovers) {
  const auto found = FilesystemsOf(
      {At("/mnt", "/"), At("/bind", "/sub"), At("/other", "/", 1)}, {},
      [](const Mount& mount) { return mount.point != "/mnt"; });
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(Points(found[0]), Names{"/bind"});
  EXPECT_FALSE(found[0].whole);
  EXPECT_TRUE(found[1].whole);
}

TEST(MountedFilesystem, ThatCannotBeReachedIsThereAllTheSame) {
  const auto found =
      FilesystemsOf({At("/mnt", "/")}, {}, [](const Mount&) { return false; });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].views.empty());
  EXPECT_FALSE(found[0].whole);
}

TEST(MountedFilesystem, OtherNamespacesShowWhatThisOneDoesNot) {
  const auto found = FilesystemsOf(
      {At("/bind", "/sub"), At("/mnt", "/", 1)},
      {At("/proc/7/root/again", "/sub/deep"), At("/proc/7/root/b", "/b"),
       At("/proc/8/root/mnt", "/"), At("/proc/8/root/c", "/c"),
       At("/proc/8/root/other", "/", 1), At("/proc/8/root/third", "/d", 2)},
      All);
  ASSERT_EQ(found.size(), 3u);
  // Names that are seen from here come first.
  EXPECT_EQ(Points(found[0]),
            (Names{"/bind", "/proc/7/root/b", "/proc/8/root/mnt"}));
  EXPECT_EQ(found[0].own, 1u);
  EXPECT_TRUE(found[0].whole);
  EXPECT_EQ(Points(found[1]), Names{"/mnt"});
  EXPECT_EQ(Points(found[2]), Names{"/proc/8/root/third"});
  EXPECT_EQ(found[2].own, 0u);
  EXPECT_FALSE(found[2].whole);
}

}  // namespace
}  // namespace daxmend
