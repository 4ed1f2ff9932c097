// SPDX-License-Identifier: GPL-2.0-only
//
// The options a job file sets with ioengine=daxmend, as fio parses them.

#ifndef DAXMEND_IOENGINE_OPTIONS_H_
#define DAXMEND_IOENGINE_OPTIONS_H_

#include "ioengine/fio.h"
#include "recovery/page_repair.h"

namespace daxmend {

enum class Access : unsigned { kSyscall, kMmap };
// recovery=auto: what the file's device wants. Beside the values of Strategy.
inline constexpr unsigned kRecoveryAuto = 100;
// Filled by fio (td->eo), by offset; unset strings are null.
struct Options {
  void* pad;  // fio takes offset 0 for "not stored"
  unsigned access;
  unsigned recovery;
  unsigned recovery_flag;
  unsigned salvage;
  unsigned rwf_flags;
  unsigned rwf_flags_given;  // even if they are 0
  unsigned allow_nodax;
  unsigned userfault_poison;
  char* backup;
  char* path_log;
};

// fio's table for them, closed by an entry without a name.
fio_option* OptionTable();

// The word a job file uses for it.
const char* AccessName(unsigned access);
const char* StrategyName(unsigned strategy);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_OPTIONS_H_
