// SPDX-License-Identifier: GPL-2.0-only
//
// What was right once, or with an empty table, asked again: a second time, with
// a table that holds something, with one that is full.

#include <fmt/core.h>

#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace state_checks {

constexpr char kArea[] = "State";
constexpr char kCapabilities[] = "ACPI 6.5 §9.20.7.4";
constexpr char kStart[] = "ACPI 6.5 §9.20.7.5, §9.20.7.6";
constexpr char kStatus[] = "ACPI 6.5 §9.20.7.6";
constexpr char kClear[] = "ACPI 6.5 §9.20.7.7";
constexpr char kInject[] = "ACPI 6.5 §9.20.7.9";
constexpr char kInjectClear[] = "ACPI 6.5 §9.20.7.10";
constexpr char kNotify[] = "ACPI 6.5 §9.20.7.9, §5.6.6 (Notify 0x81)";

constexpr int kTimes = 3;

// Injects single units until firmware takes no more; returns them. Skips where
// the table does not fill.
std::vector<SpaRange> Fill(DestructiveProbe& probe) {
  const uint64_t unit = probe.unit();
  const uint64_t most =
      std::min(kMostErrors, probe.test_range().spa.length() / (2 * unit));
  std::vector<SpaRange> taken;
  while (taken.size() < most) {
    const SpaRange bad = probe.Units(2 * taken.size(), 1);
    const uint16_t status = probe.Inject(bad.begin, unit).status;
    if (status != kStatusSuccess) {
      probe.Require(!taken.empty(), "an empty table takes no error: status " +
                                        StatusInWords(status));
      return taken;
    }
    taken.push_back(bad);
  }
  probe.Skip(fmt::format("the table did not fill: firmware took {} errors",
                         taken.size()));
}

std::vector<SpaRange> Records(const ArsStatus& status) {
  std::vector<SpaRange> records;
  for (const ArsRecord& record : status.records)
    records.push_back(SpaRange::OfLength(record.start, record.length));
  return records;
}

void CapabilitiesStay(DestructiveProbe& probe) {
  const SpaRange range = probe.pmem();
  const std::string input = EncodeRange(range.begin, range.length());
  auto ask = [&](const char* when) {
    return probe.Ask(ReadFunction::kArsCapabilities, input, when).bytes;
  };
  const std::string empty = ask("without errors");
  probe.Poison(probe.Units(4, 1));
  probe.Require(ask("with one error") == empty,
                "the capabilities are others when there is an error");
  probe.Poison(probe.Units(8, 2));
  probe.Poison(probe.Units(16, 1));
  probe.Require(ask("with three errors") == empty,
                "the capabilities are others when there are three errors");
}

void NotifiesAgain(DestructiveProbe& probe) {
  for (int i = 0; i < kTimes; ++i) {
    probe.WaitForKernel();
    const uint64_t before = probe.bus().Scrub().count;
    probe.Poison(probe.Units(4 + 8 * static_cast<uint64_t>(i), 1),
                 kInjectNotify);
    probe.Require(probe.KernelScrubs(before),
                  fmt::format("the kernel was not told of error {} of {}: no "
                              "scrub began within 3 s",
                              i + 1, kTimes));
  }
}

void InjectsAgain(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  for (int i = 0; i < kTimes; ++i) {
    probe.Poison(bad);
    probe.RequireInjected({bad});
    probe.RequireStatus(probe.InjectClear(bad.begin, bad.length()).status,
                        kStatusSuccess);
    probe.RequireInjected({});
  }
}

void ClearsAgain(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 2);
  probe.Poison(bad);
  for (int i = 0; i < kTimes; ++i) {
    const ClearedError answer = probe.Clear(bad.begin, bad.length());
    probe.Require(
        answer.status == kStatusSuccess && answer.cleared == bad.length(),
        fmt::format("clear {} of the same range: {}", i + 1, InWords(answer)));
  }
  probe.RequireInjected({});
}

void FullKeeps(DestructiveProbe& probe) {
  const std::vector<SpaRange> taken = Fill(probe);
  probe.RequireInjected(taken);
  const SpaRange more = probe.Units(2 * taken.size() + 4, 1);
  probe.Require(
      probe.Inject(more.begin, more.length()).status != kStatusSuccess,
      "a full table takes one error more");
  probe.RequireInjected(taken);
}

void FullClears(DestructiveProbe& probe) {
  std::vector<SpaRange> taken = Fill(probe);
  const SpaRange first = taken.front();
  const ClearedError answer = probe.Clear(first.begin, first.length());
  probe.Require(answer.status == kStatusSuccess, InWords(answer));
  taken.erase(taken.begin());
  probe.RequireInjected(taken);
  probe.Poison(first);
  taken.insert(taken.begin(), first);
  probe.RequireInjected(taken);
}

void FullScrubs(DestructiveProbe& probe) {
  const std::vector<SpaRange> taken = Fill(probe);
  SpaRange rest = probe.test_range().spa;
  std::vector<SpaRange> found;
  while (!rest.empty()) {
    const ArsStatus status = probe.Scrub(rest);
    for (SpaRange record : Records(status)) found.push_back(record);
    if (status.extended == kArsDone) break;
    const auto next =
        SpaRange::OfLength(status.restart_start, status.restart_length);
    probe.Require(status.flags & kArsOverflow && next.begin > rest.begin &&
                      next.end == rest.end && !next.empty(),
                  "a scrub of " + RangesInWords({rest}) +
                      " is to be restarted for " + RangesInWords({next}));
    // Else a restart would be asked for without end.
    probe.Require(!status.records.empty(),
                  "a scrub of " + RangesInWords({rest}) +
                      " lists nothing and says that records did not fit");
    probe.Require(Normalize(found) != taken,
                  "all errors are listed, and the answer says that records "
                  "did not fit");
    rest = next;
  }
  probe.Require(Normalize(found) == taken, "scrubs of a full table list " +
                                               RangesInWords(Normalize(found)) +
                                               ", not " + RangesInWords(taken));
}

void ScrubsAnother(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 1));
  probe.Poison(probe.Units(68, 1));
  for (uint64_t first : {0, 64, 0}) {
    const SpaRange range = probe.Units(first, 16);
    const ArsStatus status = probe.Scrub(range);
    const auto done = SpaRange::OfLength(status.start, status.length);
    probe.Require(
        done.Contains(range) && AlignOut(range, kPageBytes).Contains(done),
        RangesInWords({range}) + " was to be scrubbed, the answer is about " +
            RangesInWords({done}));
    const std::vector<SpaRange> wanted = {probe.Units(first + 4, 1)};
    const std::vector<SpaRange> found =
        IntersectAll(range, Normalize(Records(status)));
    probe.Require(found == wanted, "a scrub of " + RangesInWords({range}) +
                                       " lists " + RangesInWords(found) +
                                       ", not " + RangesInWords(wanted));
  }
}

void RefusedKeeps(DestructiveProbe& probe) {
  const std::vector<SpaRange> injected = {probe.Units(4, 1), probe.Units(8, 2),
                                          probe.Units(16, 1)};
  for (SpaRange bad : injected) probe.Poison(bad);
  const WrongRange wrong = NoMemory(probe);
  for (WrongRange range : {wrong, EmptyTestRange(probe)}) {
    probe.RequireStatus(probe.Inject(range.start, range.length).status,
                        kStatusInvalidInput);
    probe.RequireInjected(injected);
    probe.RequireStatus(probe.InjectClear(range.start, range.length).status,
                        kStatusInvalidInput);
    probe.RequireInjected(injected);
  }
}

}  // namespace state_checks

std::vector<Check> StateChecks() {
  using namespace state_checks;
  return {
      {{"STATE-01", "Capabilities do not depend on the errors there are",
        kCapabilities, kArea},
       CapabilitiesStay},
      {{"STATE-02", "The second and third notification arrive, too", kNotify,
        kArea},
       NotifiesAgain},
      {{"STATE-03", "The same unit can be uninjected and injected again",
        kInjectClear, kArea},
       InjectsAgain},
      {{"STATE-04", "Clearing the same range again succeeds", kClear, kArea},
       ClearsAgain},
      {{"STATE-05", "A full table keeps exactly the errors it took", kInject,
        kArea},
       FullKeeps},
      {{"STATE-06", "A clear makes room in a full table", kClear, kArea},
       FullClears},
      {{"STATE-07", "Scrubs of a full table find all of it", kStatus, kArea},
       FullScrubs},
      {{"STATE-08", "A scrub is about its own range, not about the last one's",
        kStart, kArea},
       ScrubsAnother},
      {{"STATE-09", "What is refused changes no error that is there", kInject,
        kArea},
       RefusedKeeps},
  };
}

}  // namespace daxmend
