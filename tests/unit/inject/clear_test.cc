// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;

PoisonListing Listing(bool shared) {
  return {.poison = {{.disk = "pmem0",
                      .sectors = {100, 108},
                      .owner = {.kind = Owner::Kind::kFile, .path = "/mnt/f"},
                      .file = FileRange{8192, 12288},
                      .shared = shared}}};
}

JournalEntry Kept(const std::string& uuid, SectorRange sectors) {
  return {.id = "1",
          .injector = "ndctl",
          .disk = "pmem0",
          .namespace_uuid = uuid,
          .file = "/mnt/f",
          .sectors = {sectors},
          .content = ""};
}

std::string Reason(const PoisonListing& listing,
                   const std::vector<JournalEntry>& entries) {
  try {
    RequireOwn(listing, "u", entries, "/mnt/f");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Clear, RefusesToZeroFillWhatAnotherFileHasToo) {
  EXPECT_THAT(Reason(Listing(true), {}),
              AllOf(HasSubstr("/mnt/f at offset 8192"), HasSubstr("reflink"),
                    HasSubstr("--force")));
  EXPECT_EQ(Reason(Listing(false), {}), "");
}

TEST(Clear, GivesSharedSectorsTheBytesThatTheJournalKept) {
  EXPECT_EQ(
      Reason(Listing(true), {Kept("u", {96, 104}), Kept("u", {104, 112})}), "");
  EXPECT_NE(Reason(Listing(true), {Kept("u", {96, 104})}), "");
  EXPECT_NE(Reason(Listing(true), {Kept("other", {96, 112})}), "");
}

TEST(PoisonInFile, KnowsWhatIsShared) {
  const BlockDevice pmem{.name = "pmem0", .disk = "pmem0", .sectors = 9999};
  const ExtentMap extents(
      {{.file = {0, 4096}, .device_begin = 4096},
       {.file = {4096, 8192}, .device_begin = 8192, .shared = true}});
  const std::vector<ListedPoison> list =
      PoisonInFile({{8, 9}, {16, 17}}, extents, pmem, {}, {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_FALSE(list[0].shared);
  EXPECT_TRUE(list[1].shared);
}

}  // namespace
}  // namespace daxmend
