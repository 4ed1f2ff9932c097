// SPDX-License-Identifier: GPL-2.0-only
//
// ARS Error Inject, Inject Clear and Inject Status Query.

#include <fmt/core.h>

#include <algorithm>

#include "validate/check.h"
#include "validate/wrong_range.h"

namespace daxmend {
namespace inject_checks {

constexpr char kArea[] = "Injection";
constexpr char kInject[] = "ACPI 6.5 §9.20.7.9";
constexpr char kClear[] = "ACPI 6.5 §9.20.7.10";
constexpr char kStatus[] = "ACPI 6.5 §9.20.7.11";
constexpr char kNotify[] = "ACPI 6.5 §9.20.7.9, §5.6.6 (Notify 0x81)";

// Of what must be refused and must leave nothing behind.
template <auto wrong>
void Refuses(DestructiveProbe& probe) {
  const WrongRange range = wrong(probe);
  probe.RequireStatus(probe.Inject(range.start, range.length).status,
                      kStatusInvalidInput);
  probe.RequireInjected({});
}

void StatusWhole(Probe& probe) {
  const InjectStatus answer = probe.Injected();
  probe.Require(answer.status == kStatusSuccess,
                "status " + StatusInWords(answer.status));
  const uint64_t bytes = 8 + 16 * uint64_t{answer.count};
  probe.Require(probe.last_size() == bytes,
                fmt::format("the answer declares {} records and has {} bytes",
                            answer.count, probe.last_size()));
  for (const auto& [start, length] : answer.records)
    probe.Require(length != 0 && start + (length - 1) >= start,
                  "the record at " + Hexadecimal(start) + " of length " +
                      Hexadecimal(length) + " is empty or wraps");
}

void One(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  probe.RequireInjected({bad});
}

void Many(DestructiveProbe& probe) {
  std::vector<SpaRange> bad;
  for (uint64_t i = 0; i < 24; ++i) {
    bad.push_back(probe.Units(5 * i, 1 + i % 4));
    probe.Poison(bad.back());
  }
  probe.RequireInjected(bad);
}

void LongRange(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(3, 200);
  probe.Poison(bad);
  probe.RequireInjected({bad});
}

void Twice(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 2);
  probe.Poison(bad);
  probe.Poison(bad);
  probe.RequireInjected({bad});
}

void Overlapping(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 4));
  probe.Poison(probe.Units(6, 4));
  probe.RequireInjected({probe.Units(4, 6)});
}

void Adjacent(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 2));
  probe.Poison(probe.Units(8, 2));
  probe.Poison(probe.Units(6, 2));
  probe.RequireInjected({probe.Units(4, 6)});
}

void Unaligned(DestructiveProbe& probe) {
  const SpaRange whole = probe.Units(4, 2);
  const SpaRange asked{whole.begin + 1, whole.end - 1};
  const uint16_t status = probe.Inject(asked.begin, asked.length()).status;
  if (status != kStatusSuccess) {
    probe.Note("refused with status " + StatusInWords(status));
    probe.RequireInjected({});
    return;
  }
  const std::vector<SpaRange> injected = probe.InjectedRanges();
  probe.Note("injected " + RangesInWords(injected));
  probe.Require(
      injected == std::vector{whole} || injected == std::vector{asked},
      "firmware lists " + RangesInWords(injected) + " for " +
          RangesInWords({asked}));
}

void ClearAll(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 4);
  probe.Poison(bad);
  probe.RequireStatus(probe.InjectClear(bad.begin, bad.length()).status,
                      kStatusSuccess);
  probe.RequireInjected({});
}

void ClearMiddle(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 5));
  const SpaRange gone = probe.Units(6, 1);
  probe.RequireStatus(probe.InjectClear(gone.begin, gone.length()).status,
                      kStatusSuccess);
  probe.RequireInjected({probe.Units(4, 2), probe.Units(7, 2)});
}

void ClearWider(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 1));
  probe.Poison(probe.Units(40, 1));
  probe.Poison(probe.Units(80, 1));
  const SpaRange gone = probe.Units(2, 60);
  probe.RequireStatus(probe.InjectClear(gone.begin, gone.length()).status,
                      kStatusSuccess);
  probe.RequireInjected({probe.Units(80, 1)});
}

void ClearNothing(DestructiveProbe& probe) {
  probe.Poison(probe.Units(4, 1));
  const SpaRange clean = probe.Units(8, 1);
  probe.RequireStatus(probe.InjectClear(clean.begin, clean.length()).status,
                      kStatusSuccess);
  probe.RequireInjected({probe.Units(4, 1)});
}

void ClearOutside(DestructiveProbe& probe) {
  const WrongRange range = NoMemory(probe);
  probe.RequireStatus(probe.InjectClear(range.start, range.length).status,
                      kStatusInvalidInput);
}

void ClearEmpty(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  probe.RequireStatus(probe.InjectClear(bad.begin, 0).status,
                      kStatusInvalidInput);
  probe.RequireInjected({bad});
}

void Sizes(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  probe.Poison(bad);
  const uint64_t inject = probe.last_size();
  probe.InjectClear(bad.begin, bad.length());
  const uint64_t clear = probe.last_size();
  probe.Require(inject == 4 && clear == 4,
                fmt::format("the answers have {} and {} bytes instead of 4",
                            inject, clear));
}

void TableFull(DestructiveProbe& probe) {
  const uint64_t unit = probe.unit();
  const uint64_t most =
      std::min(kMostErrors, probe.test_range().spa.length() / (2 * unit));
  uint64_t taken = 0;
  uint16_t status = kStatusSuccess;
  while (taken < most) {
    status = probe.Inject(probe.Units(2 * taken, 1).begin, unit).status;
    if (status != kStatusSuccess) break;
    ++taken;
  }
  const size_t kept = probe.InjectedRanges().size();
  probe.Require(
      kept == taken,
      fmt::format("firmware took {} errors and lists {}", taken, kept));
  if (status == kStatusSuccess)
    probe.Skip(
        fmt::format("firmware takes {} errors: the table did not fill", taken));
  probe.Note(fmt::format("full after {} errors: status {}", taken,
                         StatusInWords(status)));
  const SpaRange first = probe.Units(0, 1);
  probe.InjectClear(first.begin, unit);
  probe.Poison(first);
}

void Notifies(DestructiveProbe& probe) {
  const SpaRange range = probe.pmem();
  probe.WaitForKernel();
  const uint64_t before = probe.bus().Scrub().count;
  probe.Poison(probe.Units(4, 1), kInjectNotify);
  probe.Require(
      probe.KernelScrubs(before),
      "the kernel was not told: no scrub began within 3 s (flags of "
      "the capabilities: " +
          Hexadecimal(probe.Capabilities(range.begin, range.length()).flags) +
          ")");
}

void DoesNotNotify(DestructiveProbe& probe) {
  probe.WaitForKernel();
  const uint64_t before = probe.bus().Scrub().count;
  probe.Poison(probe.Units(4, 1));
  probe.Require(!probe.KernelScrubs(before),
                "the kernel was told: a scrub began though none was asked for");
}

}  // namespace inject_checks

std::vector<Check> InjectChecks() {
  using namespace inject_checks;
  return {
      {{"INJECT-01", "The injection status is as long as its records", kStatus,
        kArea},
       StatusWhole},
      {{"INJECT-02", "One error is listed exactly, its neighbours are not",
        kInject, kArea},
       One},
      {{"INJECT-03", "Many errors are listed exactly", kInject, kArea}, Many},
      {{"INJECT-04", "A long error is listed whole", kInject, kArea},
       LongRange},
      {{"INJECT-05", "Injecting the same error twice changes nothing", kInject,
        kArea},
       Twice},
      {{"INJECT-06", "Errors that overlap add up", kInject, kArea},
       Overlapping},
      {{"INJECT-07", "Errors that touch add up", kInject, kArea}, Adjacent},
      {{"INJECT-08", "An unaligned error is refused, or rounded outwards",
        kInject, kArea},
       Unaligned},
      {{"INJECT-09", "A range outside memory is refused", kInject, kArea},
       Refuses<NoMemory>},
      {{"INJECT-10", "A range that goes past the end is refused", kInject,
        kArea},
       Refuses<TestPastTheEnd>},
      {{"INJECT-11", "An empty range is refused", kInject, kArea},
       Refuses<EmptyTestRange>},
      {{"INJECT-12", "A range that wraps is refused", kInject, kArea},
       Refuses<WrappingTestRange>},
      {{"INJECT-13", "Uninjecting an error removes it", kClear, kArea},
       ClearAll},
      {{"INJECT-14", "Uninjecting the middle of an error leaves both ends",
        kClear, kArea},
       ClearMiddle},
      {{"INJECT-15", "Uninjecting a wide range removes all errors in it alone",
        kClear, kArea},
       ClearWider},
      {{"INJECT-16", "Uninjecting a range without errors changes nothing",
        kClear, kArea},
       ClearNothing},
      {{"INJECT-17", "Uninjecting a range outside memory is refused", kClear,
        kArea},
       ClearOutside},
      {{"INJECT-18", "Uninjecting an empty range is refused", kClear, kArea},
       ClearEmpty},
      {{"INJECT-19",
        "A full error table rejects injections and keeps its errors", kInject,
        kArea},
       TableFull},
      {{"INJECT-20", "Inject with notify raises Notify(0x81)", kNotify, kArea},
       Notifies},
      {{"INJECT-21", "Inject without notify raises no Notify(0x81)", kNotify,
        kArea},
       DoesNotNotify},
      {{"INJECT-22", "The answers have 4 bytes", kInject, kArea}, Sizes},
  };
}

}  // namespace daxmend
