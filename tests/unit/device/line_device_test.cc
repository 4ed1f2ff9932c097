// SPDX-License-Identifier: GPL-2.0-only
//
// A second kind of device goes the same ways as the first one: injected,
// listed, watched, cleared and restored by what knows only the seam.

#include "tests/unit/device/line_device.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "inject/inject_in.h"
#include "inject/methods/injectors.h"
#include "inject/poison_list.h"
#include "inject/poison_text.h"
#include "inject/poison_watch.h"
#include "inject/undo/clear.h"
#include "inject/undo/undo.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Lines : public InScratchDirectory,
              public testing::WithParamInterface<DeviceUnits> {
 protected:
  const uint64_t unit_ = GetParam().error_bytes;

  // `length` bytes at `offset`.
  InjectResult Inject(uint64_t offset, uint64_t length,
                      const std::string& via = "") {
    InjectRequest request;
    request.target = node_;
    request.plan.offset = offset;
    request.plan.length = length;
    request.injector.via = via;
    return InjectIn(request, journal_, {});
  }
  std::string Bytes(uint64_t line) {
    return memory().bytes.substr(line * unit_, unit_);
  }
  // A unit of them.
  std::string Of(char c) const {
    return std::string(static_cast<size_t>(unit_), c);
  }
  LineMemory& memory() { return kind_.memory(); }

  const std::string node_ = directory_ + "/line0";
  LineKind kind_{node_, GetParam()};
  AddedDeviceKind added_{kind_};
  Journal journal_{directory_ + "/journal"};
};

TEST_P(Lines, AreInjectedByTheUnitAndNoMore) {
  const InjectResult result = Inject(unit_ + unit_ / 2, 1);
  EXPECT_EQ(memory().Bad(), (std::vector<UnitRange>{{1, 2}}));
  ASSERT_EQ(result.injection.ranges.size(), 1u);
  const PoisonedRange& range = result.injection.ranges[0];
  EXPECT_EQ(range.file, (FileRange{unit_, 2 * unit_}));
  EXPECT_EQ(range.spa.begin, (uint64_t{1} << 32) + unit_);
  EXPECT_EQ(result.injection.injector, "line");
}

TEST_P(Lines, AreListedByTheDeviceItself) {
  Inject(unit_, 2 * unit_);
  for (const std::string& target : {node_, std::string()}) {
    const PoisonListing listing = ListPoison(target);
    ASSERT_EQ(listing.poison.size(), 1u);
    EXPECT_EQ(listing.poison[0].disk, "line0");
    EXPECT_EQ(listing.poison[0].sectors, (UnitRange{1, 3}));
    EXPECT_EQ(listing.poison[0].spa->length(), 2 * unit_);
    EXPECT_THAT(ToJson(listing),
                HasSubstr(fmt::format("\"unit_bytes\": {}", unit_)));
  }
}

TEST_P(Lines, TheListIsAPlanForTheSameAgain) {
  Inject(unit_, 2 * unit_);
  InjectRequest request;
  request.target = node_;
  request.plan_text = ToJson(ListPoison(node_));
  request.plan_source = "list";
  memory().bad.clear();
  InjectIn(request, journal_, {});
  EXPECT_EQ(memory().Bad(), (std::vector<UnitRange>{{1, 3}}));
}

TEST_P(Lines, RestoreGivesEveryByteBack) {
  memory().bytes.replace(unit_, unit_, Of('a'));
  memory().bytes.replace(2 * unit_, unit_, Of('b'));
  Inject(unit_, 2 * unit_);
  EXPECT_EQ(Bytes(1), Of('?'));
  const std::vector<UndoOutcome> outcomes = UndoAll(journal_, "");
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].error, "");
  EXPECT_EQ(outcomes[0].restored, 2u);
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(Bytes(1), Of('a'));
  EXPECT_EQ(Bytes(2), Of('b'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_P(Lines, WhatWasRepairedSinceStaysAsItIs) {
  Inject(unit_, 2 * unit_);
  LineMedia(memory()).Write({1, 2}, Of('n'));
  EXPECT_EQ(UndoAll(journal_, "")[0].error, "");
  EXPECT_EQ(Bytes(1), Of('n'));
  EXPECT_EQ(Bytes(2), Of('x'));
}

TEST_P(Lines, ClearGivesBackWhatTheJournalHasAndZeroesTheRest) {
  Inject(unit_, unit_);
  memory().bad.insert(7);
  const ClearResult result = ClearPoison(node_, journal_);
  EXPECT_EQ(result.restored_sectors, 1u);
  EXPECT_EQ(result.zeroed_sectors, 1u);
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(Bytes(1), Of('x'));
  EXPECT_EQ(Bytes(7), Of('\0'));
  EXPECT_EQ(Bytes(6), Of('x'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_P(Lines, DeviceThatDoesNotClearIsNamedWithTheLine) {
  Inject(unit_, unit_);
  memory().clears = false;
  EXPECT_THAT([&] { ClearPoison(node_, journal_); },
              ThrowsMessage<Error>(HasSubstr(
                  fmt::format("{} 1 of /dev/line0", GetParam().name))));
}

TEST_P(Lines, WhatIsRefusedInTheMiddleLeavesNothing) {
  memory().capacity = 2;
  EXPECT_THAT([&] { Inject(0, 4 * unit_); },
              ThrowsMessage<Error>(HasSubstr("line0 is full")));
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(memory().bytes, std::string(LineMemory::kCount * unit_, 'x'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_P(Lines, OnlyItsOwnInjectorIsThere) {
  for (const InjectorChoice& choice : InjectorsOf(*DeviceOfDisk("line0")))
    EXPECT_EQ(choice.available, choice.name == "line")
        << choice.name << ": " << choice.reason;
  EXPECT_THAT([&] { Inject(0, unit_, "badblocks"); },
              ThrowsMessage<Error>(HasSubstr("keeps no list of bad sectors")));
}

TEST_P(Lines, AreWatched) {
  Inject(unit_, unit_);
  PoisonWatch watch({"line0"});
  std::vector<PoisonEvent> events = watch.TakeEvents();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, PoisonEvent::Kind::kPresent);
  EXPECT_EQ(events[0].unit_bytes, unit_);
  EXPECT_EQ(events[0].spa->begin, (uint64_t{1} << 32) + unit_);
  memory().bad = {9};
  EXPECT_TRUE(watch.Wait(-1, std::nullopt));
  events = watch.TakeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, PoisonEvent::Kind::kDisappeared);
  EXPECT_EQ(events[1].sectors, (UnitRange{9, 10}));
}

TEST_P(Lines, EntryOfOtherUnitsIsNotUndone) {
  JournalEntry entry{.id = "",
                     .injector = "line",
                     .disk = "line0",
                     .namespace_uuid = "line0-uuid",
                     .file = node_,
                     .sectors = {{0, 1}},
                     .content = std::string(512, 'o')};
  journal_.Add(entry);
  const std::vector<UndoOutcome> outcomes = UndoAll(journal_, "");
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_THAT(outcomes[0].error, HasSubstr("units of 512 bytes"));
  EXPECT_EQ(Bytes(0), Of('x'));
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

// Lines of CXL; the 256 bytes in which Optane's media is read; lines that are
// made good by pages.
INSTANTIATE_TEST_SUITE_P(
    , Lines,
    testing::Values(
        kLines,
        DeviceUnits{.error_bytes = 256, .repair_bytes = 256, .name = "block"},
        DeviceUnits{.error_bytes = 64, .repair_bytes = 4096, .name = "line"}),
    [](const testing::TestParamInfo<DeviceUnits>& info) {
      return fmt::format("Of{}By{}", info.param.error_bytes,
                         info.param.repair_bytes);
    });

}  // namespace
}  // namespace daxmend
