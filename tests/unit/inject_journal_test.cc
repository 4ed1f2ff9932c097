// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "core/error.h"
#include "core/file_io.h"
#include "inject/journal.h"

namespace daxmend {
namespace {

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "journal_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name + "/deep/journal";
  }
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
      Journal(directory_).Entries();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  std::string directory_;
};

TEST_F(JournalTest, GivesBackWhatWasAdded) {
  Journal journal(directory_);
  const std::string id = journal.Add(Entry());
  const auto entries = Journal(directory_).Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].id, id);
  EXPECT_EQ(entries[0].sectors, Entry().sectors);
  EXPECT_EQ(entries[0].content, Entry().content);
  EXPECT_EQ(entries[0].ContentOf({9, 10}), std::string(512, 'b'));
  EXPECT_EQ(entries[0].ContentOf({100, 101}), std::string(512, 'c'));
  EXPECT_THROW(entries[0].ContentOf({9, 11}), Error);
}

TEST_F(JournalTest, IsEmptyBeforeAnythingWasAddedAndAfterAllWasRemoved) {
  Journal journal(directory_);
  EXPECT_TRUE(journal.Entries().empty());
  const std::string first = journal.Add(Entry());
  const std::string second = journal.Add(Entry());
  EXPECT_EQ(journal.Entries().size(), 2u);
  journal.Remove(first);
  journal.Remove(second);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(JournalTest, DataWithoutItsJsonIsNoEntry) {
  // What a crash between the two files leaves: nothing was planted yet.
  Journal journal(directory_);
  const std::string id = journal.Add(Entry());
  std::filesystem::remove(directory_ + "/" + id + ".json");
  EXPECT_TRUE(journal.Entries().empty());
}

TEST_F(JournalTest, NeverPassesADamagedEntryOver) {
  Journal journal(directory_);
  const std::string base = directory_ + "/" + journal.Add(Entry());
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
  Journal journal(directory_);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(journal.Add(Entry()), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

}  // namespace
}  // namespace daxmend
