// SPDX-License-Identifier: GPL-2.0-only
//
// A disk and its firmware, both imaginary, and injecting into them.

#ifndef DAXMEND_TESTS_UNIT_INJECT_FAKE_DISK_H_
#define DAXMEND_TESTS_UNIT_INJECT_FAKE_DISK_H_

#include <gtest/gtest.h>

#include <cerrno>
#include <climits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "device/disk_media.h"
#include "inject/injection.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {

// A disk whose firmware holds at most `capacity` poisoned sectors and silently
// takes no more, and whose kernel lists what was announced. Writes clear.
struct PowerCut {};  // no Error: nobody catches it, as nobody catches SIGKILL

struct FakeDisk : public Injector, public DeviceMedia {
  size_t capacity = 1000;
  size_t shown = 1000;  // ranges of the list that fit on a page
  size_t room = 1000;   // ranges that the list holds
  std::string no_list;  // why it takes nothing
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
  void List(SectorRange sectors) override {
    Step();
    if (!no_list.empty()) throw Error(no_list);
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
      if (Ranges(listed).size() >= room) throw Error("is full", ENOSPC);
      listed.insert(s);
    }
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

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_INJECT_FAKE_DISK_H_
