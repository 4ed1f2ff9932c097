// SPDX-License-Identifier: GPL-2.0-only
//
// What the engine counts, and all that the rest of the house says of it:
// run.json, the gate, tables, the page and the engine's summary are made from
// kCounters. A new counter is a member here, its row, and the place that
// counts.
//
// Plain data; not thread-safe.

#ifndef DAXMEND_RECORDS_COUNTERS_H_
#define DAXMEND_RECORDS_COUNTERS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace daxmend {

// Which way is better. kNeither: any difference means that other work was done.
enum class Sense { kLower, kHigher, kNeither };

struct Counters {
  uint64_t ios = 0;            // every I/O that was queued
  uint64_t bytes = 0;          // of those that succeeded
  uint64_t recovered_ios = 0;  // met poison and succeeded
  uint64_t failed_ios = 0;     // ended in an error
  uint64_t lost_sectors = 0;   // zero-filled: neither media nor backup had them
  uint64_t backup_sectors = 0;    // lost on the media, filled from the backup
  uint64_t salvaged_sectors = 0;  // good ones read from around poison
  // Of recovered reads every byte, and what else was in the pages that were
  // rewritten and was not about to be overwritten: kept, or now zeros.
  uint64_t saved_bytes = 0;
  uint64_t lost_bytes = 0;
  uint64_t left_sectors = 0;  // bad ones that the file gave up (`punch`)
  // Surprises: I/Os that met poison which was on no list, and those over a page
  // that the kernel took away for good.
  uint64_t unlisted_ios = 0;
  uint64_t unreachable_ios = 0;
  void Add(const Counters& other);
  bool operator==(const Counters&) const = default;
};

struct CounterKind {
  const char* key;  // in JSON, and the gate's metric
  uint64_t Counters::*member;
  const char* unit;
  Sense better;
  const char* label;  // after a number and the unit: "64 sectors lost"
  // Where nothing of the kind was met, nobody speaks of it.
  bool surprise = false;

  bool IsShownFor(const Counters& counters) const {
    return !surprise || counters.*member != 0;
  }
};

// In the order in which they are shown; those of a unit become one line of
// text.
inline constexpr CounterKind kCounters[] = {
    {"ios", &Counters::ios, "I/Os", Sense::kNeither, "in all"},
    {"bytes", &Counters::bytes, "bytes", Sense::kNeither, "moved"},
    {"recovered_ios", &Counters::recovered_ios, "I/Os", Sense::kHigher,
     "recovered"},
    {"failed_ios", &Counters::failed_ios, "I/Os", Sense::kLower, "failed"},
    {"lost_sectors", &Counters::lost_sectors, "sectors", Sense::kLower, "lost"},
    {"backup_sectors", &Counters::backup_sectors, "sectors", Sense::kNeither,
     "from the backup"},
    {"salvaged_sectors", &Counters::salvaged_sectors, "sectors",
     Sense::kNeither, "salvaged"},
    {"saved_bytes", &Counters::saved_bytes, "bytes", Sense::kNeither, "saved"},
    {"lost_bytes", &Counters::lost_bytes, "bytes", Sense::kLower, "lost"},
    {"left_sectors", &Counters::left_sectors, "sectors", Sense::kLower,
     "left on the media"},
    {"unlisted_ios", &Counters::unlisted_ios, "I/Os", Sense::kNeither,
     "over poison that was not listed", true},
    {"unreachable_ios", &Counters::unreachable_ios, "I/Os", Sense::kLower,
     "over pages out of reach until a reboot", true},
};

inline void Counters::Add(const Counters& other) {
  for (const CounterKind& kind : kCounters)
    this->*kind.member += other.*kind.member;
}

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_COUNTERS_H_
