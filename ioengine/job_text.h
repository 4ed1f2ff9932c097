// SPDX-License-Identifier: GPL-2.0-only
//
// What the job file says of a job. Two runs can be compared when it is the
// same.

#ifndef DAXMEND_IOENGINE_JOB_TEXT_H_
#define DAXMEND_IOENGINE_JOB_TEXT_H_

#include <map>
#include <string>

#include "ioengine/fio.h"

namespace daxmend {

// The options of `td` as they were given, variables expanded: those of its own
// section over those of [global]. Of an option given twice the last counts.
std::map<std::string, std::string> JobText(const thread_data* td);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_JOB_TEXT_H_
