// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/undo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inject/undo/clear.h"
#include "tests/unit/inject/fake_disk.h"

namespace daxmend {
namespace {

TEST_F(Inject, UndoGivesPoisonedSectorsTheirBytesBackAndKeepsNewerData) {
  disk_.bytes = {{8, 'a'}, {9, 'b'}};
  Do({At(8, 2)});
  disk_.Write({9, 10}, std::string(512, 'N'));  // somebody repairs sector 9
  disk_.bytes[8] = '?';                         // poison eats sector 8
  EXPECT_EQ(UndoEntry(Journal(directory_).Entries().at(0), disk_, disk_), 1u);
  EXPECT_EQ(disk_.bytes[8], 'a');
  EXPECT_EQ(disk_.bytes[9], 'N');
  EXPECT_TRUE(disk_.poisoned.empty());
}

TEST_F(Inject, FindsByReadingWhatTheKernelsListHasNoRoomToShow) {
  disk_.shown = 2;
  std::vector<PoisonedRange> located;
  for (uint64_t i = 0; i < 10; ++i) located.push_back(At(8 + 4 * i, 2));
  Do(located);
  EXPECT_EQ(BadAmong({{0, 15}, {30, 33}}, disk_),
            (std::vector<SectorRange>{{8, 10}, {12, 14}, {32, 33}}));
  EXPECT_EQ(UndoEntry(Journal(directory_).Entries().at(0), disk_, disk_), 20u);
  EXPECT_TRUE(disk_.listed.empty());
}

TEST_F(Inject, UndoListsBitByBitWhatTheListHasNoRoomFor) {
  std::vector<PoisonedRange> located;
  for (uint64_t i = 0; i < 10; ++i) located.push_back(At(8 + 4 * i, 1));
  disk_.bytes[12] = 'a';
  Do(located);
  const JournalEntry entry = Journal(directory_).Entries().at(0);
  disk_.listed = {8};
  disk_.room = 3;
  disk_.bytes[12] = '?';  // poison eats it
  EXPECT_EQ(UndoEntry(entry, disk_, disk_), 10u);
  EXPECT_EQ(disk_.bytes[12], 'a');
  EXPECT_TRUE(disk_.listed.empty());
  EXPECT_TRUE(disk_.poisoned.empty());
}

TEST_F(Inject, UndoSaysWhenTheListIsFullOfOthers) {
  Do({At(8, 1)});
  const JournalEntry entry = Journal(directory_).Entries().at(0);
  disk_.listed = {100};
  disk_.room = 1;
  try {
    UndoEntry(entry, disk_, disk_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("found no room"));
  }
  EXPECT_EQ(disk_.poisoned.size(), 1u) << "not uninjected, with its bytes gone";
}

TEST_F(Inject, UndoSaysWhyTheListTakesNothing) {
  Do({At(8, 1)});
  const JournalEntry entry = Journal(directory_).Entries().at(0);
  disk_.listed.clear();
  disk_.no_list = "badblocks: Permission denied";
  try {
    UndoEntry(entry, disk_, disk_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("Permission denied"));
  }
}

TEST_F(Inject, AnEntryIsDoneWithOnlyWhenItWasRepairedWhole) {
  Do({At(8, 2)});
  const JournalEntry entry = Journal(directory_).Entries().at(0);
  disk_.Write({8, 9}, std::string(512, 'N'));
  EXPECT_TRUE(HasLeft(entry, disk_.Injected(), disk_));
  EXPECT_TRUE(HasLeft(entry, {}, disk_)) << "the kernel lists it";
  disk_.Write({9, 10}, std::string(512, 'N'));
  EXPECT_FALSE(HasLeft(entry, disk_.Injected(), disk_));
  EXPECT_TRUE(HasLeft(entry, {{9, 10}}, disk_)) << "its injector has it";
}

TEST_F(Inject, UndoSaysWhenTheFirmwareDoesNotClear) {
  Do({At(8, 1)});
  disk_.clears = false;
  EXPECT_THROW(UndoEntry(Journal(directory_).Entries().at(0), disk_, disk_),
               Error);
}

TEST_F(Inject, ClearUsesTheNewestJournalEntryAndZeroesTheRest) {
  disk_.bytes = {{8, 'a'}, {9, 'b'}};
  Do({At(8, 2)});
  disk_.listed.insert({50, 51});
  disk_.poisoned.insert({50, 51});
  const ClearResult result =
      ClearListed({{.disk = "pmem0", .sectors = {8, 10}},
                   {.disk = "pmem0", .sectors = {50, 52}}},
                  "u", Journal(directory_).Entries(), disk_);
  EXPECT_EQ(result.restored_sectors, 2u);
  EXPECT_EQ(result.zeroed_sectors, 2u);
  EXPECT_EQ(disk_.bytes[8], 'a');
  EXPECT_EQ(disk_.bytes[50], '\0');
  EXPECT_TRUE(disk_.listed.empty());
}

TEST_F(Inject, ClearDoesNotTrustAnotherNamespacesJournal) {
  Do({At(8, 1)});
  const ClearResult result =
      ClearListed({{.disk = "pmem0", .sectors = {8, 9}}}, "other",
                  Journal(directory_).Entries(), disk_);
  EXPECT_EQ(result.restored_sectors, 0u);
  EXPECT_EQ(result.zeroed_sectors, 1u);
}

TEST_F(Inject, RestoreAndClearTakeTheNewestBytesOfAllEntries) {
  disk_.bytes = {{8, 'a'}, {9, 'b'}};
  Do({At(8, 2)});
  disk_.Write({8, 9}, std::string(512, 'N'));  // repaired
  Do({At(8, 1)});
  const std::vector<JournalEntry> entries = Journal(directory_).Entries();
  ASSERT_EQ(entries.size(), 2u);
  const FakeDisk before = disk_;
  std::vector<Undoing> undoing = {{.entry = &entries[0], .injector = &disk_},
                                  {.entry = &entries[1], .injector = &disk_}};
  Journal journal(directory_);
  UndoAndForget(undoing, KeptBytes({&entries[0], &entries[1]}), disk_, nullptr,
                journal);
  EXPECT_EQ(undoing[0].error + undoing[1].error, "");
  EXPECT_EQ(disk_.bytes[8], 'N');
  EXPECT_EQ(disk_.bytes[9], 'b');
  EXPECT_EQ(undoing[0].restored, 1u);
  EXPECT_EQ(undoing[1].restored, 1u);
  ExpectNothingLeft();
  disk_ = before;
  ClearListed({{.disk = "pmem0", .sectors = {8, 10}}}, "u", entries, disk_);
  EXPECT_EQ(disk_.bytes[8], 'N');
  EXPECT_EQ(disk_.bytes[9], 'b');
}

}  // namespace
}  // namespace daxmend
