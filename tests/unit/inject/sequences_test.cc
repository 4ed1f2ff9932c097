// SPDX-License-Identifier: GPL-2.0-only
//
// Random sequences of injecting, writing, repairing, clearing, restoring, being
// killed at any step, and rebooting: after a restore no sector is older than
// the newest bytes that anybody wrote to it, nothing is poisoned, and nothing
// is left in the journal.
//
// DAXMEND_SEQUENCES and DAXMEND_SEED say how many and which.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "inject/injection.h"
#include "inject/undo/clear.h"
#include "inject/undo/undo.h"
#include "tests/unit/inject/media_model.h"
#include "tests/unit/instrumented.h"

namespace daxmend {
namespace {

constexpr uint64_t kSequences = kInstrumented ? 1000 : 10000;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Every entry is synced twice, and a sync of memory costs nothing.
std::string ScratchDirectory() {
  std::string name = access("/dev/shm", W_OK) == 0
                         ? "/dev/shm/daxmend-XXXXXX"
                         : testing::TempDir() + "daxmend-XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  return name;
}

class Sequence {
 public:
  Sequence(uint64_t seed, const std::string& journal)
      : random_(seed), media_(random_, Below(4) != 0), journal_(journal) {}

  void Run() {
    for (uint64_t left = 3 + Below(12); left > 0; --left) {
      Step();
      if (testing::Test::HasFailure()) return;
    }
    media_.set_others(0.1);
    Restore();
    Check();
  }

  // What was done, for who has to find out why.
  const std::string& story() const { return story_; }
  uint64_t kills() const { return kills_; }
  uint64_t injected() const { return injected_; }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }

  void Step() {
    switch (Below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return MaybeKilled("inject", [&] { Inject(); });
      case 4:
        return Do("reboot", [&] { media_.Reboot(); });
      case 5:
        return Do("punch", [&] { media_.Punch(Below(MediaModel::kPages)); });
      case 6:
        return Do("allocate",
                  [&] { media_.Allocate(Below(MediaModel::kPages)); });
      case 7:
        return MaybeKilled("clear", [&] { Clear(); });
      case 8:
        return MaybeKilled("restore", [&] {
          Restore();
          Check();
        });
      default:
        return Do("others", [&] {
          for (uint64_t n = 1 + Below(6); n > 0; --n) media_.Other();
        });
    }
  }

  template <class Action>
  void Do(const char* name, Action action) {
    story_ += std::string(name) + ", ";
    action();
  }
  template <class Action>
  void MaybeKilled(const char* name, Action action) {
    media_.set_others(Below(2) ? 0.2 : 0);
    if (Below(3) == 0) media_.KillAfter(static_cast<int>(Below(60)));
    try {
      Do(name, action);
    } catch (const Killed&) {
      story_ += "killed, ";
      ++kills_;
    } catch (const Error& e) {
      story_ += std::string("(") + e.what() + "), ";
    }
    media_.LetLive();
    media_.set_others(0);
  }

  Injector& InjectorOf(const JournalEntry& entry) {
    if (entry.injector == "ndctl") return firmware_;
    return list_;
  }

  void Inject() {
    Injector& injector = Below(2) ? static_cast<Injector&>(firmware_) : list_;
    for (const JournalEntry& entry : journal_.Entries())
      if (!HasLeft(entry, InjectorOf(entry).Injected(), media_))
        journal_.Remove(entry.id);
    std::set<uint64_t> sectors;
    for (uint64_t n = 1 + Below(4); n > 0; --n) {
      const uint64_t first = Below(MediaModel::kSectors);
      for (uint64_t s = first; s <= first + Below(8); ++s)
        if (s < MediaModel::kSectors) sectors.insert(s);
    }
    std::vector<PoisonedRange> located;
    for (uint64_t s : sectors)
      located.push_back({FileRange::OfLength(s * 512, 512),
                         SectorRange::OfLength(s, 1),
                         SpaRange::OfLength(s * 512, 512)});
    InjectOptions options;
    options.wait = Below(2) == 0;
    options.ask_every = std::chrono::milliseconds(0);
    options.pause = [&] { media_.Scrub(); };
    options.unlisting = unlisting();
    const bool cancel = Below(8) == 0;
    options.cancelled = [&, cancel] { return cancel && Below(6) == 0; };
    try {
      const InjectResult result =
          InjectLocated(located,
                        {.id = "",
                         .injector = std::string(injector.name()),
                         .disk = "pmem0",
                         .namespace_uuid = "u",
                         .file = "/mnt/pmem/f",
                         .sectors = {},
                         .content = ""},
                        injector, media_, journal_, options);
      injected_ += InjectionRecord{{result.injection}}.InjectedSectors();
    } catch (const Error& e) {
      // Interrupted, or poison was there that nobody had listed.
      EXPECT_THAT(e.what(), testing::AnyOf(testing::HasSubstr("interrupted"),
                                           testing::HasSubstr("read")));
      throw;
    }
  }

  void Clear() {
    const std::vector<JournalEntry> entries = journal_.Entries();
    std::vector<ListedPoison> poison;
    for (SectorRange listed : media_.Poison().units)
      poison.push_back({.disk = "pmem0", .sectors = listed});
    EXPECT_EQ(
        ClearListed(poison, "u", entries, media_, unlisting()).zeroed_sectors,
        0u);
  }

  void Restore() {
    const std::vector<JournalEntry> entries = journal_.Entries();
    std::vector<const JournalEntry*> all;
    std::vector<Undoing> undoing;
    for (const JournalEntry& entry : entries) {
      all.push_back(&entry);
      undoing.push_back({.entry = &entry, .injector = &InjectorOf(entry)});
    }
    UndoAndForget(undoing, KeptBytes(all), media_, unlisting(), journal_);
    for (const Undoing& one : undoing) EXPECT_EQ(one.error, "");
  }

  void Check() {
    EXPECT_EQ(media_.Older(), "");
    EXPECT_TRUE(media_.Clean());
    EXPECT_TRUE(journal_.Entries().empty());
  }

  Unlisting* unlisting() { return media_.keeps_bytes() ? &media_ : nullptr; }

  std::mt19937_64 random_;
  MediaModel media_;
  MediaModel::Firmware firmware_{media_};
  MediaModel::ByHand list_{media_};
  Journal journal_;
  std::string story_;
  uint64_t kills_ = 0;
  uint64_t injected_ = 0;
};

// In parts, for no part to take long.
constexpr uint64_t kParts = 8;
class Sequences : public testing::TestWithParam<uint64_t> {};

TEST_P(Sequences, AfterARestoreNoSectorIsOlderThanTheNewestBytesWritten) {
  const uint64_t count = FromEnvironment("DAXMEND_SEQUENCES", kSequences);
  const uint64_t seed = FromEnvironment("DAXMEND_SEED", 1);
  const std::string directory = ScratchDirectory();
  const uint64_t end = count * (GetParam() + 1) / kParts;
  uint64_t done = 0, kills = 0, injected = 0;
  for (uint64_t i = count * GetParam() / kParts; i < end; ++i) {
    Sequence sequence(seed + i, directory + "/journal");
    sequence.Run();
    ++done;
    kills += sequence.kills();
    injected += sequence.injected();
    ASSERT_FALSE(HasFailure())
        << "DAXMEND_SEED=" << seed + i
        << " DAXMEND_SEQUENCES=1 does it again: " << sequence.story();
  }
  std::printf(
      "%llu sequences to seed %llu: %llu sectors injected, killed %llu times\n",
      static_cast<unsigned long long>(done),
      static_cast<unsigned long long>(seed + end - 1),
      static_cast<unsigned long long>(injected),
      static_cast<unsigned long long>(kills));
  // The sequences are worth something.
  if (done >= 100) {
    EXPECT_GT(kills, done / 4);
    EXPECT_GT(injected, done * 4);
  }
  std::filesystem::remove_all(directory);
}
INSTANTIATE_TEST_SUITE_P(Parts, Sequences, testing::Range(uint64_t{0}, kParts));

}  // namespace
}  // namespace daxmend
