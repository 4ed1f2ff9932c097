// SPDX-License-Identifier: GPL-2.0-only
//
// Where a run takes place, as run.json records it.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_ENVIRONMENT_H_
#define DAXMEND_RECORDS_ENVIRONMENT_H_

#include <string>

#include "records/run_record.h"

namespace daxmend {

// Kernel, CPU, kind of machine and clock. In the emulated NVDIMM's guest the
// kernel command line tells what the guest cannot see: `daxmend.clock=virtual`,
// `daxmend.qemu=7.2.22` and `daxmend.accel=tcg`. Elsewhere the machine is
// "bare" unless CPUID names a hypervisor ("kvm", "tcg", "vm"), and the clock is
// "wall". fio and filesystem are the caller's to fill.
Environment DescribeEnvironment();

// Is this a guest of `daxmend vm --clock wall`, whose clock has to be checked
// (system/clock_check.h)?
bool InWallClockGuest();

// The value of `key` on a kernel command line ("a=1 b" -> "1" for "a"), empty
// when it is not there.
std::string CommandLineValue(const std::string& command_line,
                             const std::string& key);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_ENVIRONMENT_H_
