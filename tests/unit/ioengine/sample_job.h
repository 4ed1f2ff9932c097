// SPDX-License-Identifier: GPL-2.0-only
//
// A job of one I/O, and where it ran, for tests of the log.

#ifndef DAXMEND_TESTS_UNIT_IOENGINE_SAMPLE_JOB_H_
#define DAXMEND_TESTS_UNIT_IOENGINE_SAMPLE_JOB_H_

#include <cstdint>
#include <string>

#include "records/run_record.h"

namespace daxmend {

inline JobRecord SampleJob(const std::string& name, uint64_t number,
                           uint64_t latency) {
  JobRecord job;
  job.name = name;
  job.number = number;
  job.access = "syscall";
  job.recovery = "write";
  job.rw = "randread";
  job.path(Path::kFast).Record(latency);
  job.counters.ios = 1;
  job.counters.bytes = 4096;
  job.timeline.Record(0, 4096, false);
  return job;
}

inline Environment SampleEnvironment() {
  Environment here;
  here.kernel = "6.1";
  here.machine = "bare";
  here.clock = Clock::kWall;
  return here;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_IOENGINE_SAMPLE_JOB_H_
