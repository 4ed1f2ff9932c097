// SPDX-License-Identifier: GPL-2.0-only

#include "inject/injection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <filesystem>
#include <map>
#include <new>
#include <set>
#include <stdexcept>

#include "core/error.h"
#include "inject/undo/undo.h"
#include "tests/unit/inject/fake_disk.h"

namespace daxmend {
namespace {

TEST_F(Inject, PoisonsExactlyWhatWasNamedAndAnnouncesOnce) {
  const InjectResult result = Do({At(8, 2), At(100, 1)});
  EXPECT_EQ(disk_.poisoned, (std::set<uint64_t>{8, 9, 100}));
  EXPECT_EQ(disk_.announced, 1);
  EXPECT_EQ(InjectionRecord{{result.injection}}.InjectedSectors(), 3u);
  EXPECT_EQ(InjectionRecord{{result.injection}}.InjectedPages(), 2u);
  EXPECT_EQ(Journal(directory_).Entries().at(0).sectors,
            (std::vector<SectorRange>{{8, 10}, {100, 101}}));
}

TEST_F(Inject, TheJournalIsThereBeforeTheFirstSectorIsPoisoned) {
  InjectOptions options;
  options.cancelled = [&] {
    EXPECT_EQ(Journal(directory_).Entries().size(), 1u);
    return false;
  };
  Do({At(8, 2)}, options);
}

TEST_F(Inject, ADryRunSaysWhereAndInjectsNothing) {
  InjectOptions options;
  options.dry_run = true;
  EXPECT_EQ(Do({At(8, 2)}, options).injection.ranges,
            std::vector<PoisonedRange>{At(8, 2)});
  ExpectNothingLeft();
}

TEST_F(Inject, LeavesSectorsAloneThatWereBadBefore) {
  disk_.poisoned = disk_.listed = {9};
  const InjectResult result = Do({At(8, 3)});
  EXPECT_EQ(result.already_bad, 1u);
  EXPECT_EQ(result.injection.ranges,
            (std::vector<PoisonedRange>{At(8, 1), At(10, 1)}));
}

TEST_F(Inject, InjectsNothingAndJournalsNothingWhenAllIsBadAlready) {
  disk_.poisoned = disk_.listed = {8, 9};
  const InjectResult result = Do({At(8, 2)});
  EXPECT_TRUE(result.journal_entry.empty());
  EXPECT_EQ(disk_.announced, 0);
}

TEST_F(Inject, InjectsNoMoreThanTheKernelsListHolds) {
  disk_.capacity = 5000;
  std::vector<PoisonedRange> located;
  for (uint64_t i = 0; i < 512; ++i) located.push_back(At(8 + 2 * i, 1));
  located.push_back(At(8 + 2 * 512, 1));
  EXPECT_THAT(ErrorOf(located), testing::HasSubstr("holds 512 ranges"));
  ExpectNothingLeft();
  located.pop_back();
  EXPECT_EQ(ErrorOf(located), "");
  EXPECT_THAT(ErrorOf({At(4000, 1)}), testing::HasSubstr("need 513"));
  disk_.shown = 450;
  EXPECT_THAT(ErrorOf({At(4000, 1)}), testing::HasSubstr("more than 451"));
}

TEST_F(Inject, TakesEverythingBackWhenTheFirmwaresTableIsFull) {
  disk_.capacity = 5;
  EXPECT_THAT(ErrorOf({At(8, 8)}), testing::HasSubstr("did not poison 3 of 8"));
  ExpectNothingLeft();
}

TEST_F(Inject, TakesEverythingBackWhenTheFirmwareRefusesHalfWay) {
  disk_.fail_at = 12;
  EXPECT_EQ(ErrorOf({At(8, 8)}), "refused");
  ExpectNothingLeft();
}

TEST_F(Inject, TakesEverythingBackWhenTheFileMovesBeforeOrWhileInjecting) {
  for (int moves_at : {1, 2}) {
    InjectOptions options;
    int asked = 0;
    options.still_there = [&] {
      if (++asked == moves_at) throw Error("moved");
    };
    EXPECT_EQ(ErrorOf({At(8, 8)}, options), "moved");
    ExpectNothingLeft();
  }
}

// The same media after the power failed at every single step of injecting, and
// of the undoing that follows.
TEST_F(Inject, UndoWorksWhereverInjectingOrUndoingWasCut) {
  int cuts = 0;
  for (bool cut = true; cut; ++cuts) {
    disk_ = FakeDisk();
    for (uint64_t s = 0; s < 40; ++s) disk_.bytes[s] = static_cast<char>(s);
    const auto before = disk_.bytes;
    disk_.cut_at = cuts;
    cut = false;
    try {
      Do({At(8, 3), At(20, 2)});
      for (const JournalEntry& entry : Journal(directory_).Entries())
        UndoEntry(entry, disk_, disk_);
    } catch (const PowerCut&) {
      cut = true;
    }
    disk_.cut_at = -1;
    // The next scrub finds what the firmware has.
    disk_.listed.insert(disk_.poisoned.begin(), disk_.poisoned.end());
    Journal journal(directory_);
    for (const JournalEntry& entry : journal.Entries()) {
      UndoEntry(entry, disk_, disk_);
      journal.Remove(entry.id);
    }
    ExpectNothingLeft();
    EXPECT_EQ(disk_.bytes, before) << "cut at step " << cuts;
  }
  EXPECT_GT(cuts, 15);
}

TEST_F(Inject, ADeviceThatDisappearsLeavesTheJournalForWhenItIsBack) {
  int gone = 2;
  for (; gone < 100; ++gone) {
    disk_ = FakeDisk();
    disk_.gone_at = gone;
    const std::string error = ErrorOf({At(8, 3)});
    if (error.empty()) break;
    EXPECT_THAT(error, testing::HasSubstr("No such device"));
    disk_.gone_at = INT_MAX;
    Journal journal(directory_);
    for (const JournalEntry& entry : journal.Entries()) {
      EXPECT_THAT(error, testing::HasSubstr("daxmend restore"));
      UndoEntry(entry, disk_, disk_);
      journal.Remove(entry.id);
    }
    ExpectNothingLeft();
  }
  EXPECT_GT(gone, 5);
}

TEST_F(Inject, TakesEverythingBackWhenInterrupted) {
  InjectOptions options;
  int asked = 0;
  options.cancelled = [&] { return ++asked == 4; };
  EXPECT_THAT(ErrorOf({At(8, 8)}, options),
              testing::HasSubstr("interrupted after 3 of 8"));
  ExpectNothingLeft();
}

TEST_F(Inject, TakesEverythingBackWhenTheKernelNeverListsIt) {
  disk_.lists = false;
  InjectOptions options;
  options.scrub_after = std::chrono::seconds(0);
  EXPECT_THAT(
      ErrorOf({At(8, 2)}, options),
      testing::HasSubstr("does not list 2 injected sectors after 2 scrubs"));
  ExpectNothingLeft();
}

TEST_F(Inject, TakesEverythingBackWhenTheRecordCannotBeWritten) {
  InjectOptions options;
  options.record = [](const Injection&) { throw Error("disk full"); };
  EXPECT_EQ(ErrorOf({At(8, 2)}, options), "disk full");
  ExpectNothingLeft();
}

TEST_F(Inject, SaysHowToGetOutWhenTakingBackFailsToo) {
  disk_.capacity = 1;
  disk_.clears = false;
  EXPECT_THAT(ErrorOf({At(8, 2)}), testing::HasSubstr("daxmend restore"));
  EXPECT_EQ(Journal(directory_).Entries().size(), 1u);
}

TEST_F(Inject, DoesNotWaitWhenToldNotTo) {
  disk_.lists = false;
  InjectOptions options;
  options.wait = false;
  EXPECT_EQ(Do({At(8, 2)}, options).waited_ns, 0u);
}

TEST_F(Inject, WhatIsToFollowTheListingFollowsIt) {
  Do({At(8, 2)});
  EXPECT_EQ(disk_.listed_after, 2u);
}

TEST_F(Inject, DoesNotWaitForAnInjectorThatMakesNobodyListIt) {
  disk_.lists = false;
  disk_.never_lists = true;
  InjectOptions options;
  options.scrub_after = std::chrono::seconds(0);
  EXPECT_FALSE(Do({At(8, 2)}, options).lists);
}

TEST_F(Inject, WhatIsRepairedBeforeItIsAskedForIsInjectedAndNotRefused) {
  disk_.repaired_at_once = true;
  const InjectResult result = Do({At(8, 2)});
  EXPECT_EQ(result.repaired, 2u);
  EXPECT_EQ(InjectionRecord{{result.injection}}.InjectedSectors(), 2u);
  UndoEntry(Journal(directory_).Entries().at(0), disk_, disk_);
  EXPECT_EQ(disk_.bytes[8], 'N');
}

TEST_F(Inject, KeepsWhatIsWrittenBetweenTheLookAndTheInjection) {
  disk_.bytes = {{8, 'a'}, {9, 'b'}, {20, 'c'}};
  InjectOptions options;
  int asked = 0;
  options.still_there = [&] {
    if (++asked > 1) return;
    disk_.bytes[9] = 'N';
    disk_.bytes[20] = 'M';
  };
  Do({At(8, 2), At(20, 1)}, options);
  const JournalEntry entry = Journal(directory_).Entries().at(0);
  EXPECT_EQ(entry.ContentOf({8, 9}), std::string(512, 'a'));
  EXPECT_EQ(entry.ContentOf({9, 10}), std::string(512, 'N'));
  EXPECT_EQ(entry.ContentOf({20, 21}), std::string(512, 'M'));
}

TEST_F(Inject, UninjectsWhateverIsThrown) {
  InjectOptions options;
  options.record = [](const Injection&) { throw std::bad_alloc(); };
  EXPECT_THROW(Do({At(8, 2)}, options), std::bad_alloc);
  ExpectNothingLeft();
  options.record = [](const Injection&) { std::stoull("no number"); };
  EXPECT_THROW(Do({At(8, 2)}, options), std::invalid_argument);
  ExpectNothingLeft();
}

TEST_F(Inject, InjectsMoreRangesThanTheKernelShowsOfItsList) {
  disk_.shown = 450;
  disk_.lists_only = true;
  std::vector<PoisonedRange> located;
  for (uint64_t i = 0; i < 480; ++i) located.push_back(At(8 + 2 * i, 1));
  EXPECT_TRUE(Do(located).cut);
  EXPECT_EQ(UndoEntry(Journal(directory_).Entries().at(0), disk_, disk_), 480u);
  EXPECT_TRUE(disk_.listed.empty());
}

TEST_F(Inject, AnInjectorOfWholePagesLeavesPagesWithBadSectorsAlone) {
  struct OfPages : public FakeDisk {
    uint64_t SectorsAtOnce() const override { return 8; }
  } disk;
  disk.poisoned = disk.listed = {9};
  Journal journal(directory_);
  const InjectResult result =
      InjectLocated({At(12, 2), At(16, 2)}, Entry(), disk, disk, journal, {});
  EXPECT_EQ(result.already_bad, 2u);
  EXPECT_EQ(result.injection.ranges, std::vector<PoisonedRange>{At(16, 2)});
}

}  // namespace
}  // namespace daxmend
