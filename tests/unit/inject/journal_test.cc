// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "core/error.h"
#include "inject/undo/undo.h"
#include "system/file_io.h"
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
  static void Overwrite(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
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
  // What a crash between the two files leaves: nothing was injected yet.
  Journal journal(journal_);
  const std::string id = journal.Add(Entry());
  std::filesystem::remove(journal_ + "/" + id + ".json");
  EXPECT_TRUE(journal.Entries().empty());
}

TEST_F(JournalTest, ADamagedEntryDoesNotHideTheOthers) {
  Journal journal(directory_);
  const std::string bad = journal.Add(Entry());
  const std::string good = journal.Add(Entry());
  Overwrite(directory_ + "/" + bad + ".json", "{");
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

TEST_F(JournalTest, UndoWaitsForNobodyWhoInjectsForLong) {
  Journal journal(directory_);
  JournalLock injecting(journal), another(journal), undoing(journal);
  injecting.Share();
  another.Share();
  EXPECT_FALSE(undoing.TryAlone(std::chrono::milliseconds(50)));
  {
    JournalLock ends = std::move(injecting);
    JournalLock too = std::move(another);
  }
  EXPECT_TRUE(undoing.TryAlone(std::chrono::milliseconds(50)));
}

TEST_F(JournalTest, SweepsAwayWhatAKilledWriterLeft) {
  Journal journal(directory_);
  const std::string kept = journal.Add(Entry());
  const std::string half = journal.Add(Entry());
  std::filesystem::remove(directory_ + "/" + half + ".json");
  Overwrite(directory_ + "/1.2.3.json.AbCdEf", "{");
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
    Overwrite(base + ".json", json.substr(0, length));
    EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr(base)) << length;
  }
  Overwrite(base + ".json", json);
  Overwrite(base + ".data", "short");
  EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr("1536 bytes"));
}

TEST_F(JournalTest, LeavesNothingWhenTheDiskIsFull) {
  Journal journal(journal_);
  const auto action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(journal.Add(Entry()), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, action);
  EXPECT_TRUE(std::filesystem::is_empty(journal_));
}

mode_t ModeOf(const std::string& path) {
  struct stat st;
  EXPECT_EQ(lstat(path.c_str(), &st), 0) << path;
  return st.st_mode & 07777;
}

TEST_F(JournalTest, IsForItsOwnerOnlyWhateverTheUmask) {
  const mode_t before = umask(0);
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  umask(before);
  EXPECT_EQ(ModeOf(journal_), 0700u);
  EXPECT_EQ(ModeOf(base + ".json"), 0600u);
  EXPECT_EQ(ModeOf(base + ".data"), 0600u);
}

TEST_F(JournalTest, TakesAwayWhatAnOlderDaxmendLetOthersRead) {
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  chmod(journal_.c_str(), 0755);
  chmod((base + ".json").c_str(), 0644);
  chmod((base + ".data").c_str(), 0644);
  EXPECT_EQ(journal.Entries().size(), 1u);
  EXPECT_EQ(ModeOf(journal_), 0700u);
  EXPECT_EQ(ModeOf(base + ".json"), 0600u);
  EXPECT_EQ(ModeOf(base + ".data"), 0600u);
}

TEST_F(JournalTest, DoesNotTrustWhatOthersMayWrite) {
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  for (const std::string& path : {base + ".data", base + ".json", journal_}) {
    const mode_t mode = ModeOf(path);
    chmod(path.c_str(), mode | 020);
    EXPECT_THAT(ErrorOfEntries(),
                testing::AllOf(testing::HasSubstr(path),
                               testing::HasSubstr("written by others")));
    chmod(path.c_str(), mode);
    EXPECT_EQ(ErrorOfEntries(), "");
  }
  chmod(journal_.c_str(), 01777);
  EXPECT_THROW(journal.Add(Entry()), Error);
  EXPECT_THROW(JournalLock{journal}, Error);
}

TEST_F(JournalTest, DoesNotTrustWhatBelongsToAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  for (const std::string& path : {base + ".data", base + ".json", journal_}) {
    ASSERT_EQ(chown(path.c_str(), 12345, 0), 0);
    EXPECT_THAT(ErrorOfEntries(),
                testing::AllOf(testing::HasSubstr(path),
                               testing::HasSubstr("belongs to user 12345")));
    ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
  }
}

TEST_F(JournalTest, WaitsForNoFifoAndFollowsNoLink) {
  Journal journal(journal_);
  const std::string id = journal.Add(Entry());
  ASSERT_EQ(mkfifo((journal_ + "/1.json").c_str(), 0600), 0);
  ASSERT_EQ(symlink("/dev/zero", (journal_ + "/2.json").c_str()), 0);
  ASSERT_EQ(mkdir((journal_ + "/3.json").c_str(), 0700), 0);
  std::vector<std::string> damaged;
  EXPECT_EQ(journal.Entries(&damaged).size(), 1u);
  EXPECT_THAT(damaged, testing::UnorderedElementsAre(
                           testing::HasSubstr("1.json is not a regular file"),
                           testing::HasSubstr("2.json is a symbolic link"),
                           testing::HasSubstr("3.json is not a regular file")));
  std::filesystem::remove(journal_ + "/" + id + ".data");
  ASSERT_EQ(symlink("/dev/zero", (journal_ + "/" + id + ".data").c_str()), 0);
  damaged.clear();
  EXPECT_TRUE(journal.Entries(&damaged).empty());
  EXPECT_EQ(damaged.size(), 4u);
}

TEST_F(JournalTest, ReadsNoMoreThanAnEntryCanNeed) {
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  std::filesystem::resize_file(base + ".data", uint64_t{1} << 40);
  EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr("more than the 1536"));
  std::filesystem::resize_file(base + ".json", uint64_t{1} << 40);
  EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr("more than the"));
}

TEST_F(JournalTest, IsNoLinkItself) {
  Journal(journal_).Add(Entry());
  const std::string link = directory_ + "/link";
  ASSERT_EQ(symlink(journal_.c_str(), link.c_str()), 0);
  for (const std::string& name : {link, link + "/"}) {
    EXPECT_THROW(Journal(name).Entries(), Error);
    EXPECT_THROW(Journal(name).Add(Entry()), Error);
  }
}

TEST_F(JournalTest, RefusesSectorsThatNoOffsetCanName) {
  Journal journal(journal_);
  const std::string base = journal_ + "/" + journal.Add(Entry());
  for (const char* sectors :
       {"[[0, 18446744073709551615]]",
        "[[0, 36028797018963967], [36028797018963967, 36028797018963968]]",
        "[[9, 8]]", "[[8, 10], [9, 11]]"}) {
    std::ofstream(base + ".json")
        << R"({"schema": 1, "injector": "ndctl", "disk": "pmem0",)"
        << R"( "namespace_uuid": "u", "file": "f", "sectors": )" << sectors
        << "}";
    EXPECT_THAT(ErrorOfEntries(), testing::HasSubstr("sectors")) << sectors;
  }
}

TEST_F(JournalTest, AnUpdateKeepsTheSectorsAndHasTheNewBytes) {
  Journal journal(journal_);
  JournalEntry entry = Entry();
  entry.id = journal.Add(entry);
  entry.content[700] = 'N';
  journal.Update(entry);
  EXPECT_EQ(journal.Entries().at(0).content, entry.content);
  EXPECT_EQ(journal.Entries().at(0).sectors, entry.sectors);
  EXPECT_EQ(ModeOf(journal_ + "/" + entry.id + ".data"), 0600u);
}

}  // namespace
}  // namespace daxmend
