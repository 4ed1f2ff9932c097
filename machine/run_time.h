// SPDX-License-Identifier: GPL-2.0-only
//
// How long a process has been running, for time limits that a busy host does
// not use up: the time that passed less the time the process waited for a
// processor although it could have run.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_RUN_TIME_H_
#define DAXMEND_MACHINE_RUN_TIME_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace daxmend {

class RunTime {
 public:
  // Counts from now on. `proc` is where process `pid` is, "/proc" by default.
  explicit RunTime(pid_t pid, const std::string& proc = "/proc");

  // The waiting is that of the thread that waited longest; where the kernel
  // does not count it (CONFIG_SCHED_INFO), all time is running time.
  double seconds() const;

 private:
  std::string tasks_;
  uint64_t begun_ns_;
};

// The time a thread waited for a processor, in ns: the second number of
// /proc/PID/task/TID/schedstat (Linux Documentation/scheduler/sched-stats.rst).
// 0 for what is not such a line.
uint64_t WaitedForProcessor(std::string_view schedstat);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_RUN_TIME_H_
