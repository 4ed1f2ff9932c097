// SPDX-License-Identifier: GPL-2.0-only
//
// Every field of the answers that other checks ask of an empty table or do not
// look at: with one, two and three errors, so that counts are odd and even.

#include <fmt/core.h>

#include <algorithm>

#include "validate/check.h"

namespace daxmend {
namespace field_checks {

constexpr char kArea[] = "Fields";
constexpr char kStart[] = "ACPI 6.5 §9.20.7.5";
constexpr char kStatus[] = "ACPI 6.5 §9.20.7.6";
constexpr char kClear[] = "ACPI 6.5 §9.20.7.7";
constexpr char kInjecting[] = "ACPI 6.5 §9.20.7.9, §9.20.7.10";
constexpr char kInjected[] = "ACPI 6.5 §9.20.7.11";

constexpr uint64_t kErrors = 3;

// Poisons one unit more, apart from the others; what there is then.
void PoisonOneMore(DestructiveProbe& probe, std::vector<SpaRange>& injected) {
  injected.push_back(probe.Units(4 + 4 * injected.size(), 1));
  probe.Poison(injected.back());
}

void RequireExtendedZero(Probe& probe, const char* of, uint16_t extended) {
  probe.Require(extended == 0, "the extended status of " + std::string(of) +
                                   " is " + Hexadecimal(extended) +
                                   " instead of 0");
}

void StartReserved(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  probe.WaitForKernel();
  probe.WaitForArs();
  const ArsStart answer = probe.StartArs(range.begin, range.length());
  probe.WaitForArs();
  probe.RequireStatus(answer.status, kStatusSuccess);
  RequireExtendedZero(probe, "Start ARS", answer.extended);
}

void StatusHeader(DestructiveProbe& probe) {
  const SpaRange range = probe.Units(0, 32);
  std::vector<SpaRange> injected;
  for (uint64_t n = 1; n <= kErrors; ++n) {
    PoisonOneMore(probe, injected);
    const ArsStatus status = probe.Scrub(range);
    const uint64_t bytes = probe.last_size();
    auto require = [&](bool holds, const std::string& what) {
      probe.Require(holds, fmt::format("with {} errors found, {}", n, what));
    };
    require(status.status == kStatusSuccess && status.extended == kArsDone,
            "the answer has " + InWords(status));
    require(status.count == n && status.records.size() == n,
            fmt::format("{} records are declared", status.count));
    require(bytes == kArsHeaderBytes + n * kArsRecordBytes &&
                (status.size == bytes || uint64_t{status.size} + 4 == bytes),
            fmt::format("the answer declares {} bytes and has {}", status.size,
                        bytes));
    const auto done = SpaRange::OfLength(status.start, status.length);
    require(done.Contains(range) && AlignOut(range, kPageBytes).Contains(done),
            "the range is another: " + InWords(status));
    require(status.type == kArsPersistent,
            fmt::format("the type is {}", status.type));
    require(status.flags == 0, "the flags are " + Hexadecimal(status.flags));
    require(status.restart_length == 0,
            "a scrub that is done says to restart: " + InWords(status));
  }
}

void StatusRecords(DestructiveProbe& probe) {
  std::vector<SpaRange> injected;
  for (uint64_t n = 1; n <= kErrors; ++n) PoisonOneMore(probe, injected);
  const ArsStatus status = probe.Scrub(probe.Units(0, 32));
  probe.Require(status.records.size() == kErrors,
                fmt::format("the scrub lists {} of {} errors",
                            status.records.size(), kErrors));
  const std::vector<NfitMapping> devices = probe.nfit().Mappings();
  for (const ArsRecord& record : status.records) {
    const std::string which = "the record at " + Hexadecimal(record.start);
    probe.Require(record.reserved == 0, which + " has a reserved dword of " +
                                            Hexadecimal(record.reserved));
    const bool known = std::any_of(devices.begin(), devices.end(),
                                   [&](const NfitMapping& device) {
                                     return device.handle == record.handle;
                                   });
    probe.Require(known || (devices.empty() && record.handle == 0),
                  which + " is of device " + Hexadecimal(record.handle) +
                      ", which the NFIT does not have");
  }
}

void ClearReserved(DestructiveProbe& probe) {
  const SpaRange bad = probe.Units(4, 1);
  for (const char* what : {"an error", "what is good"}) {
    if (*what == 'a') probe.Poison(bad);
    const ClearedError answer = probe.Clear(bad.begin, bad.length());
    probe.RequireStatus(answer.status, kStatusSuccess);
    RequireExtendedZero(probe, "Clear Uncorrectable Error", answer.extended);
    probe.Require(answer.reserved == 0, "clearing " + std::string(what) +
                                            ", the reserved dword is " +
                                            Hexadecimal(answer.reserved));
  }
}

void InjectReserved(DestructiveProbe& probe) {
  std::vector<SpaRange> injected;
  for (uint64_t n = 1; n <= kErrors; ++n) {
    injected.push_back(probe.Units(4 * n, 1));
    const SpaRange bad = injected.back();
    const InjectAnswer answer = probe.Inject(bad.begin, bad.length());
    probe.RequireStatus(answer.status, kStatusSuccess);
    RequireExtendedZero(probe, "ARS Error Inject", answer.extended);
  }
  for (SpaRange bad : injected) {
    const InjectAnswer answer = probe.InjectClear(bad.begin, bad.length());
    probe.RequireStatus(answer.status, kStatusSuccess);
    RequireExtendedZero(probe, "ARS Error Inject Clear", answer.extended);
  }
}

void InjectStatusRecords(DestructiveProbe& probe) {
  const uint64_t before = probe.Injected().records.size();
  std::vector<SpaRange> injected;
  for (uint64_t n = 1; n <= kErrors; ++n) {
    PoisonOneMore(probe, injected);
    const InjectStatus answer = probe.Injected();
    probe.RequireStatus(answer.status, kStatusSuccess);
    RequireExtendedZero(probe, "ARS Error Inject Status Query",
                        answer.extended);
    probe.Require(answer.count == before + n,
                  fmt::format("{} errors are injected, {} records are declared",
                              before + n, answer.count));
    const uint64_t bytes = 8 + 16 * uint64_t{answer.count};
    probe.Require(probe.last_size() == bytes,
                  fmt::format("the answer declares {} records and has {} bytes",
                              answer.count, probe.last_size()));
  }
}

}  // namespace field_checks

std::vector<Check> FieldChecks() {
  using namespace field_checks;
  return {
      {{"FIELD-01", "The extended status of a start is 0", kStart, kArea},
       StartReserved},
      {{"FIELD-02", "Every field of a status with one, two and three errors",
        kStatus, kArea},
       StatusHeader},
      {{"FIELD-03", "Every record has a device of the NFIT, and nothing more",
        kStatus, kArea},
       StatusRecords},
      {{"FIELD-04", "What is reserved in the answer of a clear is 0", kClear,
        kArea},
       ClearReserved},
      {{"FIELD-05", "The extended status of an injection is 0", kInjecting,
        kArea},
       InjectReserved},
      {{"FIELD-06", "The injection status has as many records as errors",
        kInjected, kArea},
       InjectStatusRecords},
  };
}

}  // namespace daxmend
