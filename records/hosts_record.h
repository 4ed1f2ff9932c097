// SPDX-License-Identifier: GPL-2.0-only
//
// hosts.json: the runs that were added up to the run.json beside it, one for
// each host, as far as a report of them says anything. Written by daxmend
// merge.
//
// Plain data; not thread-safe.

#ifndef DAXMEND_RECORDS_HOSTS_RECORD_H_
#define DAXMEND_RECORDS_HOSTS_RECORD_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/run_record.h"

namespace daxmend {

inline constexpr int kHostsRecordSchema = 1;

// One path of a job on a host, in the unit of the run's clock. p50 and p99 are
// 0 where so few I/Os cannot tell them.
struct HostPath {
  uint64_t count = 0, min = 0, p50 = 0, p99 = 0, max = 0, sum = 0;
  bool operator==(const HostPath&) const = default;
};

struct HostJob {
  std::string name;
  Counters counters;
  std::array<HostPath, kPaths> paths;
  bool operator==(const HostJob&) const = default;
};

struct HostRecord {
  std::string host;    // each once
  std::string source;  // the directory it was read from
  // Why nothing of it is in the sum; empty where all of it is.
  std::string missing = {};
  Environment environment = {};
  std::vector<HostJob> jobs = {};
  std::vector<std::string> unfinished = {};  // as of RunRecord
  PoisonRecord poison = {};
  bool operator==(const HostRecord&) const = default;
};

struct HostsRecord {
  std::vector<HostRecord> hosts;  // ascending by host
  bool operator==(const HostsRecord&) const = default;
};

// Deterministic: equal records give equal bytes.
std::string ToJson(const HostsRecord& record);
// Throws Error naming `source` and what is wrong with it.
HostsRecord HostsRecordFromJson(std::string_view text,
                                const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_HOSTS_RECORD_H_
