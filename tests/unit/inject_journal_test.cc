// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "core/error.h"
#include "core/file_io.h"
#include "inject/journal.h"
#include "inject/undo.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

class JournalTest : public InScratchDirectory {
 protected:
  JournalEntry Entry() const {
    return {.id = "",
            .injector = "ndctl",
            .disk = "pmem0",
            .namespace_uuid = "u",
            .file = "/mnt/pmem/f",
            .sectors = {{8, 10}, {100, 101}},
            .content = std::string(512, 'a') + std::string(512, 'b') +
                       std::string(512, 'c')};
  }
  std::string ErrorOfEntries() {
    try {
      Journal(journal_).Entries();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  const std::string journal_ = directory_ + "/deep/journal";
};

TEST_F(JournalTest, GivesBackWhatWasAdded) {
  Journal journal(journal_);
  const std::string id = journal.Add(Entry());
  const auto entries = Journal(journal_).Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].id, id);
  EXPECT_EQ(entries[0].sectors, Entry().sectors);
  EXPECT_EQ(entries[0].content, Entry().content);
  EXPECT_EQ(entries[0].ContentOf({9, 10}), std::string(512, 'b'));
  EXPECT_EQ(entries[0].ContentOf({100, 101}), std::string(512, 'c'));
  EXPECT_THROW(entries[0].ContentOf({9, 11}), Error);
}

TEST_F(JournalTest, IsEmptyBeforeAnythingWasAddedAndAfterAllWasRemoved) {
  Journal journal(journal_);
  EXPECT_TRUE(journal.Entries().empty());
  const std::string first = journal.Add(Entry());
  const std::string second = journal.Add(Entry());
  EXPECT_EQ(journal.Entries().size(), 2u);
  journal.Remove(first);
  journal.Remove(second);
  EXPECT_TRUE(std::filesystem::is_empty(journal_));
}

TEST_F(JournalTest, DataWithoutItsJsonIsNoEntry) {
  // What a crash between the two files leaves: nothing was planted yet.
  Journal journal(journal_);
  const std::string id = journal.Add(Entry());
  std::filesystem::remove(journal_ + "/" + id + ".json");
  EXPECT_TRUE(journal.Entries().empty());
}

TEST_F(JournalTest, ADamagedEntryDoesNotHideTheOthers) {
  Journal journal(directory_);
  const std::string bad = journal.Add(Entry());
  const std::string good = journal.Add(Entry());
  ReplaceFile(directory_ + "/" + bad + ".json", "{");
  std::vector<std::string> damaged;
  const auto entries = journal.Entries(&damaged);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].id, good);
  ASSERT_EQ(damaged.size(), 1u);
  EXPECT_THAT(damaged[0], testing::HasSubstr(bad));
  const auto outcomes = UndoAll(journal, "");
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_THAT(outcomes[0].error, testing::HasSubstr(bad));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/" + bad + ".data"));
}

TEST_F(JournalTest, AnEntryOfAnotherMachineStaysAndSaysWhatItWants) {
  Journal journal(directory_);
  JournalEntry entry = Entry();
  entry.namespace_uuid = "11111111-2222-3333-4444-555555555555";
  journal.Add(entry);
  const auto outcomes = UndoAll(journal, "");
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_THAT(outcomes[0].error,
              testing::AllOf(testing::HasSubstr(entry.namespace_uuid),
                             testing::HasSubstr("pmem0"),
                             testing::HasSubstr(directory_)));
  EXPECT_EQ(journal.Entries().size(), 1u);
}

TEST_F(JournalTest, UndoWaitsForNobodyWhoPlantsForLong) {
  Journal journal(directory_);
  JournalLock planting(journal), another(journal), undoing(journal);
  planting.Share();
  another.Share();
  EXPECT_FALSE(undoing.TryAlone(std::chrono::milliseconds(50)));
  {
    JournalLock ends = std::move(planting);
    JournalLock too = std::move(another);
  }
  EXPECT_TRUE(undoing.TryAlone(std::chrono::milliseconds(50)));
}

TEST_F(JournalTest, SweepsAwayWhatAKilledWriterLeft) {
  Journal journal(directory_);
  const std::string kept = journal.Add(Entry());
  const std::string half = journal.Add(Entry());
  std::filesystem::remove(directory_ + "/" + half + ".json");
  ReplaceFile(directory_ + "/1.2.3.json.AbCdEf", "{");
  journal.Sweep();
  std::vector<std::string> left;
  for (const auto& file : std::filesystem::directory_iterator(directory_))
    left.push_back(file.path().filename());
  EXPECT_THAT(left,
              testing::UnorderedElementsAre(kept + ".json", kept + ".data"));
}

// Killed at random instants while it writes and removes entries.
TEST_F(JournalTest, IsWholeAfterItsWriterWasKilled) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50; ++i) {
    const pid_t writer = fork();
    if (writer == 0) {
      Journal journal(directory_);
      for (;;) journal.Remove(journal.Add(Entry()));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    kill(writer, SIGKILL);
    waitpid(writer, nullptr, 0);
    Journal journal(directory_);
    journal.Sweep();
    const auto entries = journal.Entries();
    ASSERT_LE(entries.size(), 1u);
    for (const JournalEntry& entry : entries) {
      EXPECT_EQ(entry.content, Entry().content);
      journal.Remove(entry.id);
    }
    EXPECT_TRUE(!std::filesystem::exists(directory_) ||
                std::filesystem::is_empty(directory_));
  }
}

TEST_F(JournalTest, NeverPassesADamagedEntryOver) {
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  const std::string json = ReadFile(base + ".json");
  for (size_t length = 0; length + 2 < json.size(); length += 7) {
    ReplaceFile(base + ".json", json.substr(0, length));
    EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr(base)) << length;
  }
  ReplaceFile(base + ".json", json);
  ReplaceFile(base + ".data", "short");
  EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr("1536 bytes"));
}

TEST_F(JournalTest, LeavesNothingWhenTheDiskIsFull) {
  Journal journal(journal_);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(journal.Add(Entry()), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(std::filesystem::is_empty(journal_));
}

}  // namespace
}  // namespace daxmend
