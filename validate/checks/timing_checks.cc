// SPDX-License-Identifier: GPL-2.0-only
//
// How long firmware takes. ACPI sets no limits but one: what Start ARS
// estimates. The others are of use: every call holds a lock of the kernel's.

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "validate/check.h"

namespace daxmend {
namespace timing_checks {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr char kArea[] = "Timing";
constexpr char kCalls[] = "ACPI 6.5 §9.20.7";
constexpr char kStart[] = "ACPI 6.5 §9.20.7.5";

constexpr int kRepeats = 32;
constexpr seconds kSlowCall{1};
// A scrub that was estimated may take this much longer, for the polling.
constexpr seconds kGrace{2};
constexpr std::chrono::hours kLongestEstimate{1};

std::string Milliseconds(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3f ms",
                static_cast<double>(time.count()) / 1e6);
  return text;
}

// Half of some calls must not be slow; one may be, on a machine that has
// something else to do.
template <class Call>
void RequireQuick(Probe& probe, Call call) {
  std::vector<nanoseconds> times;
  for (int i = 0; i < kRepeats; ++i) {
    const nanoseconds begin = probe.bus().Now();
    call();
    times.push_back(probe.bus().Now() - begin);
  }
  std::sort(times.begin(), times.end());
  const nanoseconds middle = times[times.size() / 2];
  const std::string seen =
      fmt::format("{} calls took {} to {}, half of them {} or less", kRepeats,
                  Milliseconds(times.front()), Milliseconds(times.back()),
                  Milliseconds(middle));
  probe.Note(seen);
  probe.Require(middle < kSlowCall, seen + ": a call may not take a second");
}

void Capabilities(Probe& probe) {
  const SpaRange range = probe.pmem();
  RequireQuick(probe, [&] { probe.Capabilities(range.begin, range.length()); });
}

void Status(Probe& probe) {
  RequireQuick(probe, [&] { probe.Status(); });
}

void Injected(Probe& probe) {
  RequireQuick(probe, [&] { probe.Injected(); });
}

void Start(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  probe.WaitForKernel();
  RequireQuick(probe, [&] { probe.StartArs(range.begin, range.length()); });
  probe.WaitForArs();
}

void Inject(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  RequireQuick(probe, [&] { probe.Poison(bad); });
}

void InjectClear(DestructiveProbe& probe) {
  const SpaRange range = probe.Units(4, 1);
  RequireQuick(probe, [&] { probe.InjectClear(range.begin, range.length()); });
}

void Clear(DestructiveProbe& probe) {
  const SpaRange range = probe.Units(4, 1);
  RequireQuick(probe, [&] { probe.Clear(range.begin, range.length()); });
}

void KeepsEstimate(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  probe.WaitForKernel();
  probe.WaitForArs();
  const nanoseconds begin = probe.bus().Now();
  const ArsStart start = probe.StartArs(range.begin, range.length());
  probe.Require(start.status == kStatusSuccess,
                "status " + StatusInWords(start.status));
  probe.WaitForArs();
  const nanoseconds took = probe.bus().Now() - begin;
  const std::string seen =
      fmt::format("16 MiB or less took {}, estimated were {} s",
                  Milliseconds(took), start.seconds);
  probe.Note(seen);
  probe.Require(seconds(start.seconds) < kLongestEstimate,
                seen + ": that is no estimate for so little");
  probe.Require(took <= seconds(start.seconds) + kGrace, seen);
}

void GrowsWithRange(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  const uint64_t parts[] = {16, 8, 4, 2, 1};
  std::string seen;
  for (uint64_t part : parts) {
    const auto some = SpaRange::OfLength(range.begin, range.length() / part);
    probe.WaitForKernel();
    const nanoseconds begin = probe.bus().Now();
    probe.Scrub(some);
    seen += fmt::format("{}{} KiB: {}", seen.empty() ? "" : ", ",
                        some.length() >> 10,
                        Milliseconds(probe.bus().Now() - begin));
  }
  probe.Note(seen);
}

}  // namespace timing_checks

std::vector<Check> TimingChecks() {
  using namespace timing_checks;
  return {
      {{"TIME-01", "Query ARS Capabilities is quick", kCalls, kArea},
       Capabilities},
      {{"TIME-02", "Start ARS is quick", kCalls, kArea}, Start},
      {{"TIME-03", "Query ARS Status is quick", kCalls, kArea}, Status},
      {{"TIME-04", "ARS Error Inject Status Query is quick", kCalls, kArea},
       Injected},
      {{"TIME-05", "ARS Error Inject is quick", kCalls, kArea}, Inject},
      {{"TIME-06", "ARS Error Inject Clear is quick", kCalls, kArea},
       InjectClear},
      {{"TIME-07", "Clear Uncorrectable Error is quick", kCalls, kArea}, Clear},
      {{"TIME-08", "A scrub takes no longer than estimated", kStart, kArea},
       KeepsEstimate},
      {{"TIME-09", "Scrubs of ranges of several sizes end", kStart, kArea},
       GrowsWithRange},
  };
}

}  // namespace daxmend
