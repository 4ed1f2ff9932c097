// SPDX-License-Identifier: GPL-2.0-only
//
// A second kind of device goes the same ways as the first one: injected,
// listed, watched, cleared and restored by what knows only the seam.

#include "tests/unit/device/line_device.h"

#include <gmock/gmock.h>

#include "inject/inject_in.h"
#include "inject/methods/injectors.h"
#include "inject/poison_list.h"
#include "inject/poison_watch.h"
#include "inject/undo/clear.h"
#include "inject/undo/undo.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Lines : public InScratchDirectory {
 protected:
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
    return memory().bytes.substr(line * 64, 64);
  }
  LineMemory& memory() { return kind_.memory(); }

  const std::string node_ = directory_ + "/line0";
  LineKind kind_{node_};
  AddedDeviceKind added_{kind_};
  Journal journal_{directory_ + "/journal"};
};

TEST_F(Lines, AreInjectedByTheUnitAndNoMore) {
  const InjectResult result = Inject(100, 1);
  EXPECT_EQ(memory().Bad(), (std::vector<UnitRange>{{1, 2}}));
  ASSERT_EQ(result.injection.ranges.size(), 1u);
  const PoisonedRange& range = result.injection.ranges[0];
  EXPECT_EQ(range.file, (FileRange{64, 128}));
  EXPECT_EQ(range.spa.begin, (uint64_t{1} << 32) + 64);
  EXPECT_EQ(result.injection.injector, "line");
}

TEST_F(Lines, AreListedByTheDeviceItself) {
  Inject(64, 128);
  for (const std::string& target : {node_, std::string()}) {
    const PoisonListing listing = ListPoison(target);
    ASSERT_EQ(listing.poison.size(), 1u);
    EXPECT_EQ(listing.poison[0].disk, "line0");
    EXPECT_EQ(listing.poison[0].sectors, (UnitRange{1, 3}));
    EXPECT_EQ(listing.poison[0].spa->length(), 128u);
    EXPECT_THAT(ToJson(listing), HasSubstr("\"unit_bytes\": 64"));
  }
}

TEST_F(Lines, TheListIsAPlanForTheSameAgain) {
  Inject(64, 128);
  InjectRequest request;
  request.target = node_;
  request.plan_text = ToJson(ListPoison(node_));
  request.plan_source = "list";
  memory().bad.clear();
  InjectIn(request, journal_, {});
  EXPECT_EQ(memory().Bad(), (std::vector<UnitRange>{{1, 3}}));
}

TEST_F(Lines, RestoreGivesEveryByteBack) {
  memory().bytes.replace(64, 64, std::string(64, 'a'));
  memory().bytes.replace(128, 64, std::string(64, 'b'));
  Inject(64, 128);
  EXPECT_EQ(Bytes(1), std::string(64, '?'));
  const std::vector<UndoOutcome> outcomes = UndoAll(journal_, "");
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].error, "");
  EXPECT_EQ(outcomes[0].restored, 2u);
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(Bytes(1), std::string(64, 'a'));
  EXPECT_EQ(Bytes(2), std::string(64, 'b'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_F(Lines, WhatWasRepairedSinceStaysAsItIs) {
  Inject(64, 128);
  LineMedia(memory()).Write({1, 2}, std::string(64, 'n'));
  EXPECT_EQ(UndoAll(journal_, "")[0].error, "");
  EXPECT_EQ(Bytes(1), std::string(64, 'n'));
  EXPECT_EQ(Bytes(2), std::string(64, 'x'));
}

TEST_F(Lines, ClearGivesBackWhatTheJournalHasAndZeroesTheRest) {
  Inject(64, 64);
  memory().bad.insert(7);
  const ClearResult result = ClearPoison(node_, journal_);
  EXPECT_EQ(result.restored_sectors, 1u);
  EXPECT_EQ(result.zeroed_sectors, 1u);
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(Bytes(1), std::string(64, 'x'));
  EXPECT_EQ(Bytes(7), std::string(64, '\0'));
  EXPECT_EQ(Bytes(6), std::string(64, 'x'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_F(Lines, DeviceThatDoesNotClearIsNamedWithTheLine) {
  Inject(64, 64);
  memory().clears = false;
  EXPECT_THAT([&] { ClearPoison(node_, journal_); },
              ThrowsMessage<Error>(HasSubstr("line 1 of /dev/line0")));
}

TEST_F(Lines, WhatIsRefusedInTheMiddleLeavesNothing) {
  memory().capacity = 2;
  EXPECT_THAT([&] { Inject(0, 256); },
              ThrowsMessage<Error>(HasSubstr("line0 is full")));
  EXPECT_TRUE(memory().bad.empty());
  EXPECT_EQ(memory().bytes, std::string(LineMemory::kCount * 64, 'x'));
  EXPECT_TRUE(journal_.Entries().empty());
}

TEST_F(Lines, OnlyItsOwnInjectorIsThere) {
  for (const InjectorChoice& choice : InjectorsOf(*DeviceOfDisk("line0")))
    EXPECT_EQ(choice.available, choice.name == "line")
        << choice.name << ": " << choice.reason;
  EXPECT_THAT([&] { Inject(0, 64, "badblocks"); },
              ThrowsMessage<Error>(HasSubstr("keeps no list of bad sectors")));
}

TEST_F(Lines, AreWatched) {
  Inject(64, 64);
  PoisonWatch watch({"line0"});
  std::vector<PoisonEvent> events = watch.TakeEvents();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, PoisonEvent::Kind::kPresent);
  EXPECT_EQ(events[0].unit_bytes, 64u);
  EXPECT_EQ(events[0].spa->begin, (uint64_t{1} << 32) + 64);
  memory().bad = {9};
  EXPECT_TRUE(watch.Wait(-1, std::nullopt));
  events = watch.TakeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, PoisonEvent::Kind::kDisappeared);
  EXPECT_EQ(events[1].sectors, (UnitRange{9, 10}));
}

TEST_F(Lines, EntryOfOtherUnitsIsNotUndone) {
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
  EXPECT_EQ(Bytes(0), std::string(64, 'x'));
  EXPECT_EQ(journal_.Entries().size(), 1u);
}

}  // namespace
}  // namespace daxmend
