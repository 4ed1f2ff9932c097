// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string Reason(const TargetFacts& facts, SafetyOptions options = {}) {
  try {
    RequireSafe(facts, options);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TargetFacts Plain() {
  TargetFacts facts;
  facts.path = "/mnt/pmem/f";
  return facts;
}

TEST(Safety, HasNothingAgainstAPlainFile) { EXPECT_EQ(Reason(Plain()), ""); }

TEST(Safety, RefusesWithTheReasonAndTheWayOutWhatOthersUseToo) {
  TargetFacts links = Plain(), root = Plain(), held = Plain(), open = Plain(),
              claimed = Plain();
  links.links = 3;
  root.root = true;
  held.holders = {"dm-0", "dm-1"};
  open.openers = {"dd (pid 17)"};
  claimed.claimed = true;
  EXPECT_THAT(Reason(links), AllOf(HasSubstr("3 names"), HasSubstr("--force")));
  EXPECT_THAT(Reason(root), AllOf(HasSubstr("root"), HasSubstr("--force")));
  EXPECT_THAT(Reason(held),
              AllOf(HasSubstr("is on a device that is part of dm-0, dm-1"),
                    HasSubstr("--force")));
  held.is_device = true;
  EXPECT_THAT(Reason(held), HasSubstr("/mnt/pmem/f is part of dm-0"));
  EXPECT_THAT(Reason(open),
              AllOf(HasSubstr("dd (pid 17)"), HasSubstr("--force")));
  EXPECT_THAT(Reason(claimed),
              AllOf(HasSubstr("kernel"), HasSubstr("--force")));
  for (const TargetFacts& facts : {links, root, held, open, claimed})
    EXPECT_EQ(Reason(facts, {.force = true, .allow_metadata = false}), "");
}

TEST(Safety, NoForceMakesADiskPersistentMemory) {
  TargetFacts disk = Plain();
  disk.persistent_memory = false;
  EXPECT_THAT(Reason(disk, {.force = true, .allow_metadata = true}),
              HasSubstr("not on persistent memory"));
}

TEST(Safety, OfADeviceOnlyWhatFilesHaveIsFairGame) {
  SectorOwner owned{.sectors = {8, 16}, .owner = {}, .file = {}};
  for (auto kind : {Owner::Kind::kFile, Owner::Kind::kNameless}) {
    owned.owner.kind = kind;
    EXPECT_NO_THROW(RequireFiles("/dev/pmem0", {owned}, {}));
  }
  for (auto kind : {Owner::Kind::kMetadata, Owner::Kind::kFree,
                    Owner::Kind::kAllocated, Owner::Kind::kUnknown}) {
    owned.owner.kind = kind;
    try {
      RequireFiles("/dev/pmem0", {owned},
                   {.force = true, .allow_metadata = false});
      FAIL() << NameOf(kind);
    } catch (const Error& e) {
      EXPECT_THAT(e.what(),
                  AllOf(HasSubstr("sector 8"), HasSubstr("--allow-metadata")));
    }
    EXPECT_NO_THROW(RequireFiles("/dev/pmem0", {owned},
                                 {.force = false, .allow_metadata = true}));
  }
}

TEST(Safety, SeesThatAnExtentMoved) {
  const BlockDevice pmem{
      .name = "pmem0p1", .disk = "pmem0", .start_sector = 64, .sectors = 9999};
  const std::vector<PoisonedRange> located = {
      {{0, 512}, {64 + 8, 64 + 9}, {}},
      {{4096, 8192}, {64 + 800, 64 + 808}, {}}};
  auto moved = [&](uint64_t first, uint64_t second) {
    const ExtentMap now({{.file = {0, 4096}, .device_begin = first},
                         {.file = {4096, 8192}, .device_begin = second}});
    try {
      RequireUnmoved(located, now, pmem, "/mnt/pmem/f");
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(moved(4096, 409600), "");
  EXPECT_THAT(moved(8192, 409600), HasSubstr("at offset 0 "));
  EXPECT_THAT(moved(4096, 409600 + 4096), HasSubstr("at offset 4096 "));
  EXPECT_THROW(RequireUnmoved(located, ExtentMap(), pmem, "f"), Error);
}

TEST(Safety, SeesThatAnExtentWasSharedMeanwhile) {
  const BlockDevice pmem{
      .name = "pmem0", .disk = "pmem0", .start_sector = 0, .sectors = 9999};
  const std::vector<PoisonedRange> located = {{{0, 512}, {8, 9}, {}}};
  const auto shared = [](FileRange part) {
    return ExtentMap({{.file = {0, 512}, .device_begin = 4096},
                      {.file = part, .device_begin = 8192, .shared = true}});
  };
  EXPECT_NO_THROW(RequireUnmoved(located, shared({4096, 8192}), pmem, "f"));
  try {
    RequireUnmoved(
        located,
        ExtentMap({{.file = {0, 4096}, .device_begin = 4096, .shared = true}}),
        pmem, "f");
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("reflink"));
  }
}

}  // namespace
}  // namespace daxmend
