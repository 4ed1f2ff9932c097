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
#include "device/disk_media.h"
#include "inject/undo/clear.h"
#include "inject/undo/undo.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

// A disk whose firmware holds at most `capacity` poisoned sectors and silently
// takes no more, and whose kernel lists what was announced. Writes clear.
struct PowerCut {};  // no Error: nobody catches it, as nobody catches SIGKILL

struct FakeDisk : public Injector, public DeviceMedia {
  size_t capacity = 1000;
  size_t shown = 1000;  // ranges of the list that fit on a page
  bool clears = true;
  bool lists = true;
  int announced = 0;
  uint64_t fail_at = UINT64_MAX;  // the sector that cannot be injected
  int steps = 0;                  // calls so far
  int cut_at = -1;                // the one before which the power fails
  int gone_at = INT_MAX;          // the one from which on the device is gone
  std::set<uint64_t> poisoned;
  std::set<uint64_t> listed;
  bool never_lists = false;
  bool lists_only = false;  // no firmware: Injected() is what the list shows
  bool repaired_at_once = false;  // by others, with other bytes
  size_t listed_after = 0;        // how many were listed when AfterListing came
  std::map<uint64_t, char> bytes;

  static std::vector<SectorRange> Ranges(const std::set<uint64_t>& sectors) {
    std::vector<SectorRange> ranges;
    for (uint64_t s : sectors) ranges.push_back({s, s + 1});
    return Normalize(std::move(ranges));
  }

  void Step() {
    if (steps++ == cut_at) throw PowerCut();
    if (steps > gone_at) throw Error("No such device");
  }

  std::string_view name() const override { return "fake"; }
  void Inject(SectorRange sectors, bool notify) override {
    Step();
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
      if (s == fail_at) throw Error("refused");
      if (poisoned.size() < capacity) poisoned.insert(s);
    }
    if (repaired_at_once) Write(sectors, std::string(512, 'N'));
    if (!notify) return;
    ++announced;
    if (lists) listed.insert(poisoned.begin(), poisoned.end());
  }
  void Uninject(SectorRange sectors) override {
    Step();
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) poisoned.erase(s);
  }
  std::vector<SectorRange> Injected() override {
    Step();
    return lists_only ? Poison().units : Ranges(poisoned);
  }
  bool Lists() const override { return !never_lists; }
  void AfterListing() override { listed_after = listed.size(); }
  void StartScrub() override {}
  void WaitForScrub() override { Step(); }

  std::string Read(SectorRange sectors) override {
    Step();
    std::string content;
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
      if (listed.contains(s)) throw Error("read of a bad sector");
      content += std::string(512, bytes.contains(s) ? bytes[s] : 'x');
    }
    return content;
  }
  void Write(SectorRange sectors, std::string_view content) override {
    Step();
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
      bytes[s] = content[(s - sectors.begin) * 512];
      if (!clears) continue;
      poisoned.erase(s);
      listed.erase(s);
    }
  }
  bool Readable(SectorRange sectors) override {
    return IntersectAll(sectors, Ranges(listed)).empty();
  }
  PoisonView Poison() override {
    Step();
    std::vector<SectorRange> all = Ranges(listed);
    const bool cut = all.size() > shown;
    if (cut) all.resize(shown);
    return {.units = all, .cut = cut};
  }
  void RequireRoom(const std::vector<UnitRange>& sectors) override {
    RequireRoomInBadblocks(Poison(), sectors);
  }
};

class Inject : public InScratchDirectory {
 protected:
  static PoisonedRange At(uint64_t sector, uint64_t count) {
    return {FileRange::OfLength(sector * 512, count * 512),
            SectorRange::OfLength(sector, count),
            SpaRange::OfLength((1 << 30) + sector * 512, count * 512)};
  }
  JournalEntry Entry() const {
    return {.id = "",
            .injector = "fake",
            .disk = "pmem0",
            .namespace_uuid = "u",
            .file = "/mnt/pmem/f",
            .sectors = {},
            .content = ""};
  }
  InjectResult Do(const std::vector<PoisonedRange>& located,
                  InjectOptions options = {}) {
    Journal journal(directory_);
    return InjectLocated(located, Entry(), disk_, disk_, journal, options);
  }
  std::string ErrorOf(const std::vector<PoisonedRange>& located,
                      InjectOptions options = {}) {
    try {
      Do(located, options);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  void ExpectNothingLeft() {
    EXPECT_TRUE(disk_.poisoned.empty());
    EXPECT_TRUE(disk_.listed.empty());
    EXPECT_TRUE(Journal(directory_).Entries().empty());
  }

  FakeDisk disk_;
};

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
