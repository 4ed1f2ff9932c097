// SPDX-License-Identifier: GPL-2.0-only
//
// The policy of event interrupts, and the timestamp that events have.

#include <fmt/core.h>

#include <algorithm>

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace event_setting_checks {

constexpr char kEvents[] = "Events";
constexpr char kTimeArea[] = "Timestamp";
constexpr char kRecord[] = "CXL 3.1 §8.2.9.2.1";
constexpr char kPolicy[] = "CXL 3.1 §8.2.9.2.4, §8.2.9.2.5";
constexpr char kGetTime[] = "CXL 3.1 §8.2.9.4.1";
constexpr char kSetTime[] = "CXL 3.1 §8.2.9.4.1, §8.2.9.4.2";

using C = MemdevCommand;
using std::chrono::milliseconds;

void ReadPolicy(MemdevProbe& probe) {
  probe.mailbox();
  probe.Need({C::kGetEventPolicy});
  const std::string policy = probe.Get(C::kGetEventPolicy);
  probe.Require(
      policy.size() == 4 || policy.size() == 5,
      fmt::format("the answer has {} bytes, not 4 or 5", policy.size()));
  for (char setting : policy)
    probe.Require((setting & 0x0c) == 0,
                  fmt::format("a setting is {:#x}, with reserved bits",
                              static_cast<uint8_t>(setting)));
}

void SetPolicy(MemdevWriter& probe) {
  probe.mailbox();
  probe.Need({C::kGetEventPolicy, C::kSetEventPolicy});
  const std::string before = probe.Get(C::kGetEventPolicy);
  const std::string none(before.size(), '\0');
  probe.Do(C::kSetEventPolicy, none, "no interrupts");
  const std::string after = probe.Get(C::kGetEventPolicy);
  std::string again = before;
  for (char& setting : again) setting &= 3;
  probe.Do(C::kSetEventPolicy, again, "as it was");
  probe.Require(std::all_of(after.begin(), after.end(),
                            [](char c) { return (c & 3) == 0; }),
                "interrupts that were switched off are said to be on");
  probe.Require(probe.Get(C::kGetEventPolicy) == before,
                "the policy that was set again is another one");
}

void TimeLength(MemdevProbe& probe) {
  probe.mailbox();
  probe.Need({C::kGetTimestamp});
  const size_t bytes = probe.Get(C::kGetTimestamp).size();
  probe.Require(bytes == 8, fmt::format("the answer has {} bytes", bytes));
}

uint64_t Now(MemdevWriter& probe) {
  return PayloadReader(probe.Get(C::kGetTimestamp)).Take<uint64_t>();
}

constexpr uint64_t kTime = 1'700'000'000'000'000'000;

void SetTime(MemdevWriter& probe, uint64_t time) {
  probe.mailbox();
  probe.Need({C::kGetTimestamp, C::kSetTimestamp});
  probe.Do(C::kSetTimestamp, EncodeDpa(time), fmt::format("{} ns", time));
}

void TimeIsTaken(MemdevWriter& probe) {
  SetTime(probe, kTime);
  const uint64_t now = Now(probe);
  constexpr uint64_t kMinute = 60'000'000'000;
  probe.Require(now >= kTime && now - kTime < kMinute,
                fmt::format("{} was set, and the timestamp is {}", kTime, now));
}

void TimeGoesOn(MemdevWriter& probe) {
  SetTime(probe, kTime);
  const uint64_t first = Now(probe);
  probe.device().Sleep(milliseconds(20));
  probe.Require(Now(probe) > first, "the timestamp stands still");
}

void EventsHaveTime(MemdevWriter& probe) {
  probe.mailbox();
  probe.Need({C::kGetEvents, C::kInjectPoison, C::kClearPoison});
  if (probe.GetEvents(0).count != 0)
    probe.Skip("the informational log holds records of before");
  SetTime(probe, kTime);
  probe.Poison(probe.Line(4));
  const EventAnswer events = probe.GetEvents(0);
  if (events.records.empty()) probe.Skip("EVT-03 fails");
  const uint64_t time = events.records[0].time;
  probe.Require(time >= kTime && time <= Now(probe),
                fmt::format("{} was set, and the record says {}", kTime, time));
}

}  // namespace event_setting_checks

std::vector<MemdevCheck> EventSettingChecks() {
  using namespace event_setting_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"EVT-17", "The interrupt policy has no reserved bits", kPolicy,
        kEvents},
       kBy,
       ReadPolicy},
      {{"EVT-18", "An interrupt policy that was set comes back", kPolicy,
        kEvents},
       kBy,
       SetPolicy},
      {{"TS-01", "The timestamp has 8 bytes", kGetTime, kTimeArea},
       kBy,
       TimeLength},
      {{"TS-02", "A timestamp that was set comes back", kSetTime, kTimeArea},
       kBy,
       TimeIsTaken},
      {{"TS-03", "It goes on from there", kSetTime, kTimeArea},
       kBy,
       TimeGoesOn},
      {{"TS-04", "Event records have it", kRecord, kTimeArea},
       kBy,
       EventsHaveTime},
  };
}

}  // namespace daxmend
