// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/holders.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace daxmend {
namespace {

using Names = std::vector<std::string>;

// pmem0, of 1 MiB, has two partitions. On the second there is a linear device
// with two on it, one in each half; the upper one is encrypted.
class FakeLayers : public BlockLayers {
 public:
  FakeLayers() {
    Put("pmem0p1", Linear("pmem0", 0, 1 << 19), {});
    Put("pmem0p2", Linear("pmem0", 1 << 19, 1 << 19), {});
    Put("dm-0", maps_.at("pmem0p2"), {"pmem0p2"});
    Put("dm-1", Linear("pmem0", 1 << 19, 1 << 18), {"dm-0"});
    Put("dm-2", Linear("pmem0", (1 << 19) + (1 << 18), 1 << 18), {"dm-0"});
    Put("dm-3", std::nullopt, {"dm-2"});
  }
  std::vector<std::string> Above(const std::string& name) const override {
    Names above;
    for (const auto& [device, below] : below_)
      for (const std::string& one : below)
        if (one == name || one.starts_with(name + "p")) above.push_back(device);
    return above;
  }
  std::vector<std::string> Below(const std::string& name) const override {
    const auto at = below_.find(name);
    return at == below_.end() ? Names() : at->second;
  }
  std::optional<BlockMap> MapOf(const std::string& name) const override {
    const auto at = maps_.find(name);
    return at != maps_.end()       ? at->second
           : below_.contains(name) ? std::nullopt
                                   : std::optional(Linear(name, 0, 1 << 20));
  }
  static BlockMap Linear(const std::string& disk, uint64_t begin,
                         uint64_t bytes) {
    return BlockMap(std::vector<BlockMap::Part>{
        {.device = {0, bytes},
         .chunk = bytes,
         .legs = {{std::make_shared<const BlockMap>(disk), begin}}}});
  }
  void Put(const std::string& name, const std::optional<BlockMap>& map,
           const Names& below) {
    if (map) maps_.insert_or_assign(name, *map);
    if (!below.empty()) below_[name] = below;
  }

 private:
  std::map<std::string, BlockMap> maps_;
  std::map<std::string, Names> below_;
};

TEST(Holders, AreAllThatLieAboveOnTheSameBytes) {
  const FakeLayers layers;
  EXPECT_EQ(HoldersOf("pmem0", layers),
            (Names{"dm-0", "dm-1", "dm-2", "dm-3"}));
  EXPECT_EQ(HoldersOf("dm-0", layers), (Names{"dm-1", "dm-2", "dm-3"}));
  EXPECT_EQ(HoldersOf("dm-2", layers), Names{"dm-3"});
}

TEST(Holders, WhatIsBelowOrBesideADeviceDoesNotHoldIt) {
  const FakeLayers layers;
  EXPECT_EQ(HoldersOf("pmem0p1", layers), Names{});
  EXPECT_EQ(HoldersOf("dm-1", layers), Names{});
  EXPECT_EQ(HoldersOf("dm-3", layers), Names{});
}

TEST(Holders, AnotherDeviceOfTheSameBytesHoldsIt) {
  FakeLayers layers;
  layers.Put("dm-4", FakeLayers::Linear("pmem0", (1 << 19) + 4096, 8192),
             {"pmem0"});
  EXPECT_EQ(HoldersOf("dm-1", layers), Names{"dm-4"});
  EXPECT_EQ(HoldersOf("dm-4", layers), (Names{"dm-0", "dm-1"}));
}

TEST(Holders, WhatCannotBeFollowedIsOnAllThatItIsMadeOf) {
  FakeLayers layers;
  layers.Put("md0", std::nullopt, {"pmem0p1"});
  layers.Put("dm-4", FakeLayers::Linear("md0", 0, 4096), {"md0"});
  EXPECT_EQ(HoldersOf("pmem0p1", layers), (Names{"dm-4", "md0"}));
  EXPECT_EQ(HoldersOf("dm-1", layers), Names{});
  EXPECT_EQ(HoldersOf("md0", layers), Names{"dm-4"});
  layers.Put("dm-5", FakeLayers::Linear("vda", 0, 4096), {"vda", "pmem0"});
  EXPECT_EQ(HoldersOf("dm-1", layers), Names{});
}

TEST(Holders, OfADiskHaveTheirPlacesThere) {
  FakeLayers layers;
  layers.Put("md0", std::nullopt, {"pmem0p1"});
  const std::vector<Holder> holders = HoldersOfDisk("pmem0", layers);
  ASSERT_EQ(holders.size(), 2u);
  EXPECT_EQ(holders[0].name, "dm-0");
  EXPECT_EQ(holders[0].places, (std::vector<DeviceRange>{{1 << 19, 1 << 20}}));
  EXPECT_EQ(holders[1].name, "md0");
  EXPECT_EQ(holders[1].places, (std::vector<DeviceRange>{{0, 1 << 19}}));
}

}  // namespace
}  // namespace daxmend
