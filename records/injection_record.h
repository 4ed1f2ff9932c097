// SPDX-License-Identifier: GPL-2.0-only
//
// inject.json: what was injected during a run, beside its run.json. Written by
// the injector, one entry a call; read by the engine (how much was injected)
// and by the report.
//
// Plain data; not thread-safe.

#ifndef DAXMEND_RECORDS_INJECTION_RECORD_H_
#define DAXMEND_RECORDS_INJECTION_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

inline constexpr int kInjectionRecordSchema = 1;

// One run of poisoned sectors: where it is in the file, on the block device and
// in physical memory. The three have the same length.
struct PoisonedRange {
  FileRange file;
  UnitRange sectors;
  SpaRange spa;
  bool operator==(const PoisonedRange&) const = default;
};

struct Injection {
  std::string injector;  // "ndctl"
  std::string device;    // "pmem0": the one `sectors` count on
  std::string file;
  uint64_t time_ns = 0;  // CLOCK_MONOTONIC, when the last range was injected
  std::vector<PoisonedRange> ranges;
  uint64_t unit_bytes = kSectorBytes;  // what `sectors` count
  bool operator==(const Injection&) const = default;
};

struct InjectionRecord {
  std::vector<Injection> injections;

  // Units and 4 KiB device pages that were injected; what was injected twice
  // counts twice, since it was repaired in between.
  uint64_t InjectedSectors() const;
  uint64_t InjectedPages() const;
};

std::string ToJson(const InjectionRecord& record);
// Throws Error naming `source` and what is wrong with it.
InjectionRecord InjectionRecordFromJson(std::string_view text,
                                        const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_INJECTION_RECORD_H_
