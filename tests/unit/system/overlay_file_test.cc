// SPDX-License-Identifier: GPL-2.0-only

#include "system/layers/overlay_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "system/file_descriptor.h"

namespace daxmend {
namespace {

Mount Overlay(std::vector<std::string> options) {
  Mount mount;
  mount.filesystem = "overlay";
  mount.options = std::move(options);
  return mount;
}

TEST(OverlayFile, TheUppermostDirectoryComesFirst) {
  EXPECT_EQ(LayersOf(Overlay({"rw", "lowerdir=/a:/b\\:c::/data", "upperdir=/up",
                              "workdir=/work"})),
            (std::vector<std::string>{"/up", "/a", "/b:c", "/data"}));
  // As Linux 6.8 and later may show them; nothing is escaped there.
  EXPECT_EQ(LayersOf(Overlay(
                {"ro", "lowerdir+=/a:b", "lowerdir+=/c", "datadir+=/d"})),
            (std::vector<std::string>{"/a:b", "/c", "/d"}));
  EXPECT_TRUE(LayersOf(Overlay({"rw"})).empty());
}

TEST(OverlayFile, AFileOfAnotherFileSystemIsNone) {
  const FileDescriptor fd = FileDescriptor::Open("/proc/self/stat", O_RDONLY);
  EXPECT_FALSE(RealFileOf(fd.get()));
}

}  // namespace
}  // namespace daxmend
