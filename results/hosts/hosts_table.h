// SPDX-License-Identifier: GPL-2.0-only
//
// The hosts of a merged run: one row for each, and their sum. Those that stand
// out come first and are marked: nothing came back, a job did not finish, I/Os
// failed or data was lost, or a median is another one than that of the other
// hosts.
//
// Pure; thread-safe.

#ifndef DAXMEND_RESULTS_HOSTS_HOSTS_TABLE_H_
#define DAXMEND_RESULTS_HOSTS_HOSTS_TABLE_H_

#include <string>
#include <vector>

#include "records/hosts_record.h"

namespace daxmend {

struct HostRow {
  const HostRecord* host;  // null: the sum
  Counters counters;       // of all jobs
  uint64_t remaining_units = 0;
  // Of all jobs' medians, fast path and recovery, the one furthest from the
  // median of all hosts: "fast-read fast", and the ratio of the two. No path,
  // and 1, where all hosts have the same, or there is one.
  std::string furthest = {};
  double ratio = 1;
  // Why it stands out: "" where it does not.
  std::string mark = {};
};

// The sum, those that stand out (the furthest median first), then the others by
// name. A median stands out when it is more than 5 % and five scaled median
// absolute deviations away (MAD * 1.4826), among three hosts or more.
std::vector<HostRow> MakeHostsTable(const HostsRecord& hosts);

// As text, at most `columns` wide; with more than 40 hosts those that stand out
// and as many others as fit in 40, and how many are left out. `clock` is that
// of the runs.
std::string HostsAsText(const HostsRecord& hosts, size_t columns);
// All of them: host,mark,ios,bytes,recovered_ios,failed_ios,lost_sectors,
// remaining_sectors,furthest,ratio,kernel,machine,filesystem,cpu
std::string HostsAsCsv(const HostsRecord& hosts);
std::string HostsAsMarkdown(const HostsRecord& hosts);
// A <section> of the report's page; empty when there are no hosts.
std::string HostsSection(const HostsRecord& hosts);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_HOSTS_TABLE_H_
