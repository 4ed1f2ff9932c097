// SPDX-License-Identifier: GPL-2.0-only

#include "system/extent_map.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// [0, 8K) at 1M, a hole of 4K, [12K, 20K) at 64K: the second lies first.
ExtentMap TwoExtents() {
  return ExtentMap({{.file = {12288, 20480}, .device_begin = 65536},
                    {.file = {0, 8192}, .device_begin = 1 << 20}});
}

TEST(ExtentMap, FollowsTheFileAcrossExtentsAndLeavesHolesOut) {
  EXPECT_EQ(TwoExtents().ToDevice({4096, 16384}),
            (std::vector<ExtentMap::Piece>{
                {{4096, 8192}, {(1 << 20) + 4096, (1 << 20) + 8192}},
                {{12288, 16384}, {65536, 69632}}}));
}

TEST(ExtentMap, AHoleHasNoPlace) {
  EXPECT_TRUE(TwoExtents().ToDevice({8192, 12288}).empty());
  EXPECT_TRUE(TwoExtents().ToDevice({20480, 99999}).empty());
}

TEST(ExtentMap, FindsTheFileOffsetsOfADeviceRange) {
  EXPECT_EQ(TwoExtents().ToFile({65000, 66000}),
            (std::vector<ExtentMap::Piece>{{{12288, 12752}, {65536, 66000}}}));
  EXPECT_TRUE(TwoExtents().ToFile({0, 65536}).empty());
}

TEST(ExtentMap, BothDirectionsAgree) {
  ExtentMap map = TwoExtents();
  for (uint64_t at = 0; at < 24576; at += 512)
    for (const ExtentMap::Piece& piece : map.ToDevice({at, at + 512}))
      EXPECT_EQ(map.ToFile(piece.device), std::vector{piece});
}

TEST(ExtentMap, ReportsEveryFileThatSharesABlockWithItself) {
  ExtentMap map({{.file = {0, 4096}, .device_begin = 8192, .shared = true},
                 {.file = {4096, 8192}, .device_begin = 8192, .shared = true}});
  EXPECT_EQ(map.ToFile({8192, 8704}).size(), 2u);
}

TEST(ExtentMap, SaysWhichFileHasNoExtentsToRead) {
  FileDescriptor null = FileDescriptor::Open("/dev/null", O_RDONLY);
  try {
    ExtentMap::Read(null.get(), "/dev/null");
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("/dev/null"), std::string::npos);
  }
}

}  // namespace
}  // namespace daxmend
