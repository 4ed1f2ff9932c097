// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "core/error.h"
#include "core/file_io.h"
#include "inject/journal.h"
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
