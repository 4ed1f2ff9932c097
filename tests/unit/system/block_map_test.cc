// SPDX-License-Identifier: GPL-2.0-only

#include "system/layers/block_map.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <random>

#include "core/error.h"
#include "system/encoded_device.h"
#include "system/layers/dm_table.h"

namespace daxmend {
namespace {

using Part = BlockMap::Part;
using Piece = BlockMap::Piece;

std::shared_ptr<const BlockMap> Disk(const std::string& name) {
  return std::make_shared<const BlockMap>(name);
}
std::shared_ptr<const BlockMap> On(std::vector<Part> parts) {
  return std::make_shared<const BlockMap>(std::move(parts));
}
std::vector<Part> Linear(std::shared_ptr<const BlockMap> below, uint64_t begin,
                         uint64_t bytes) {
  return {{.device = {0, bytes},
           .chunk = bytes,
           .legs = {{std::move(below), begin}}}};
}

// 4 KiB chunks on two disks, from 1 MiB and from 0.
BlockMap Striped() {
  return BlockMap({{.device = {0, 32768},
                    .chunk = 4096,
                    .legs = {{Disk("pmem0"), 1 << 20}, {Disk("pmem1"), 0}}}});
}

TEST(BlockMap, OnePieceOfADiskIsLikeAPartition) {
  const BlockMap map(Linear(On(Linear(Disk("pmem0"), 4096, 65536)), 512, 8192));
  EXPECT_EQ(map.InOnePiece(), (BlockMap::Place{"pmem0", 4608}));
  EXPECT_EQ(map.ToDisks({0, 512}),
            (std::vector<Piece>{{{0, 512}, "pmem0", {4608, 5120}}}));
  EXPECT_EQ(map.FromDisk("pmem0", {0, 4609}),
            (std::vector<DeviceRange>{{0, 1}}));
  EXPECT_TRUE(map.FromDisk("pmem1", {0, 65536}).empty());
  // What is in front of it and behind it on the disk is not on it.
  EXPECT_TRUE(map.FromDisk("pmem0", {0, 4608}).empty());
  EXPECT_TRUE(map.FromDisk("pmem0", {12800, 65536}).empty());
}

TEST(BlockMap, StripesGoRoundTheDisks) {
  const BlockMap map = Striped();
  EXPECT_FALSE(map.InOnePiece());
  EXPECT_EQ(map.Disks(), (std::vector<std::string>{"pmem0", "pmem1"}));
  EXPECT_EQ(map.ToDisks({3584, 12800}),
            (std::vector<Piece>{
                {{3584, 4096}, "pmem0", {(1 << 20) + 3584, (1 << 20) + 4096}},
                {{4096, 8192}, "pmem1", {0, 4096}},
                {{8192, 12288}, "pmem0", {(1 << 20) + 4096, (1 << 20) + 8192}},
                {{12288, 12800}, "pmem1", {4096, 4608}}}));
  EXPECT_EQ(map.FromDisk("pmem1", {3584, 4608}),
            (std::vector<DeviceRange>{{7680, 8192}, {12288, 12800}}));
}

TEST(BlockMap, ItsPlacesOnADiskAreEachInOnePiece) {
  EXPECT_EQ(Striped().PlacesOn("pmem0"),
            (std::vector<DeviceRange>{{1 << 20, (1 << 20) + 16384}}));
  EXPECT_TRUE(Striped().PlacesOn("pmem2").empty());
  // What lies on a part of stripes: bytes 6144 to 14336 of them.
  const BlockMap part(
      Linear(std::make_shared<const BlockMap>(Striped()), 6144, 8192));
  EXPECT_EQ(part.PlacesOn("pmem0"),
            (std::vector<DeviceRange>{{(1 << 20) + 4096, (1 << 20) + 8192}}));
  EXPECT_EQ(part.PlacesOn("pmem1"), (std::vector<DeviceRange>{{2048, 6144}}));
}

TEST(BlockMap, TwoOverlapWhereTheyHaveBytesOfADiskInCommon) {
  const BlockMap low(Linear(Disk("pmem0"), 0, 8192)),
      high(Linear(Disk("pmem0"), 8192, 8192)),
      other(Linear(Disk("pmem1"), 0, 8192)),
      both(Linear(Disk("pmem0"), 8191, 2));
  EXPECT_FALSE(low.Overlaps(high));
  EXPECT_FALSE(low.Overlaps(other));
  EXPECT_TRUE(low.Overlaps(both));
  EXPECT_TRUE(both.Overlaps(high));
  EXPECT_TRUE(Striped().Overlaps(other));
}

TEST(BlockMap, BytesGoThereAndBackOverEveryTable) {
  std::mt19937 random(19);
  const BlockMap map(
      {{.device = {0, 32768},
        .chunk = 4096,
        .legs = {{On(Linear(Disk("pmem2"), 512, 16384)), 0},
                 {std::make_shared<const BlockMap>(Striped()), 8192}}},
       {.device = {32768, 40960},
        .chunk = 8192,
        .legs = {{Disk("pmem1"), 65536}}}});
  for (int i = 0; i < 1000; ++i) {
    const uint64_t begin = random() % 40000;
    const DeviceRange range{begin, begin + 1 + random() % 900};
    std::vector<DeviceRange> back;
    uint64_t reached = range.begin;
    for (const Piece& piece : map.ToDisks(range)) {
      EXPECT_EQ(piece.device.begin, reached);
      EXPECT_EQ(piece.device.length(), piece.on_disk.length());
      reached = piece.device.end;
      for (DeviceRange part : map.FromDisk(piece.disk, piece.on_disk))
        back.push_back(part);
    }
    // On a disk it is where its pieces are.
    const BlockMap alone(
        Linear(std::make_shared<const BlockMap>(map), begin, range.length()));
    for (const std::string& disk : map.Disks()) {
      std::vector<DeviceRange> places;
      for (const Piece& piece : map.ToDisks(range))
        if (piece.disk == disk) places.push_back(piece.on_disk);
      EXPECT_EQ(alone.PlacesOn(disk), Normalize(places));
    }
    EXPECT_EQ(Normalize(back),
              std::vector<DeviceRange>{Intersect(range, {0, 40960})});
  }
}

// A number whose minor has more than eight bits, as the kernel writes it.
TEST(EncodedDevice, HasTheMinorAroundTheMajor) {
  EXPECT_EQ(EncodedDevice(makedev(0x103, 0x45678)), 0x45610378u);
  EXPECT_EQ(EncodedDevice(makedev(259, 1)), 0x10301u);
}

TEST(DmTable, LinearAndStripedTargetsAreRead) {
  EXPECT_EQ(LegsOf({{0, 2048}, "linear", "259:1 8"}, "dm-0"),
            (MapperLegs{2048 * 512, {{makedev(259, 1), 4096}}}));
  EXPECT_EQ(
      LegsOf({{0, 32}, "striped", "2 8 259:0 0 259:1 16"}, "dm-0"),
      (MapperLegs{4096, {{makedev(259, 0), 0}, {makedev(259, 1), 8192}}}));
}

TEST(DmTable, WhatCannotBeFollowedIsSaid) {
  for (const MapperTarget& target : std::vector<MapperTarget>{
           {{0, 32}, "crypt", "aes 259:0 0"},
           {{0, 32}, "linear", "259 0"},
           {{0, 32}, "linear", ""},
           {{0, 32}, "striped", "2 8 259:0 0"},
           {{0, 32}, "striped", "0 8"},
           {{0, 32}, "striped", "3 8 259:0 0 259:1 0 259:2 0"}})
    EXPECT_THROW(LegsOf(target, "dm-0"), Error) << target.parameters;
  try {
    LegsOf({{0, 32}, "crypt", "aes 259:0 0"}, "dm-0");
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("/dev/dm-0"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("crypt"), std::string::npos);
  }
}

}  // namespace
}  // namespace daxmend
