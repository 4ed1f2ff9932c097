// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/unit_owners.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

Owner Named(const std::string& path, uint64_t inode) {
  return {.kind = Owner::Kind::kFile, .path = path, .inode = inode, .links = 1};
}

// Two blocks of /f, of which the first is /g's, too, and the second /h's and
// once more /f's; /k has both.
std::vector<SectorOwner> TwoBlocks() {
  return {{.sectors = {800, 808},
           .owner = Named("/g", 8),
           .file = FileRange{0, 4096},
           .sharers = {{Named("/f", 7), FileRange{65536, 69632}},
                       {Named("/k", 9), FileRange{8192, 12288}}}},
          {.sectors = {808, 816},
           .owner = Named("/f", 7),
           .file = FileRange{69632, 73728},
           .sharers = {{Named("/h", 10), FileRange{0, 4096}},
                       {Named("/f", 7), FileRange{131072, 135168}},
                       {Named("/k", 9), FileRange{12288, 16384}}}}};
}

TEST(UnitOwners, AreCutToUnitsThatAreSmallerThanSectors) {
  const std::vector<SectorOwner> parts =
      OwnersOfUnits(TwoBlocks(), {801 * 8 + 1, 801 * 8 + 3}, 64);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].sectors, (UnitRange{801 * 8 + 1, 801 * 8 + 3}));
  EXPECT_EQ(parts[0].owner, Named("/g", 8));
  EXPECT_EQ(parts[0].file, (FileRange{576, 704}));
  EXPECT_EQ(parts[0].sharers[0].file, (FileRange{66112, 66240}));
  EXPECT_EQ(OwnersOfUnits(TwoBlocks(), {807, 809}, kSectorBytes).size(), 2u);
  EXPECT_TRUE(OwnersOfUnits(TwoBlocks(), {816, 817}, kSectorBytes).empty());
}

TEST(UnitOwners, OfAFileTheOthersAreTold) {
  EXPECT_EQ(OthersOf(TwoBlocks(), {800, 816}, kSectorBytes, 7, {65536, 73728}),
            (std::vector<Sharer>{{Named("/g", 8), FileRange{0, 4096}},
                                 {Named("/k", 9), FileRange{8192, 16384}},
                                 {Named("/h", 10), FileRange{0, 4096}},
                                 {Named("/f", 7), FileRange{131072, 135168}}}));
}

TEST(UnitOwners, AFileSharesNoLineWithItself) {
  EXPECT_EQ(
      OthersOf(TwoBlocks(), {801 * 8 + 1, 801 * 8 + 2}, 64, 7, {66112, 66176}),
      (std::vector<Sharer>{{Named("/g", 8), FileRange{576, 640}},
                           {Named("/k", 9), FileRange{8768, 8832}}}));
}

}  // namespace
}  // namespace daxmend
