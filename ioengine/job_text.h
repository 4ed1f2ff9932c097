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

// The options of `td` as they were given, variables expanded. Those of its own
// section replace those of [global], but where fio adds both up (filename=,
// opendir=, sync_file_range=). All values of an option that was given several
// times are kept, in their order, as JobRecord::options has them. UTF-8, see
// AsUtf8().
std::map<std::string, std::string> JobText(const thread_data* td);

// The same of the first job of its name that asked. Thread-safe; a thousand
// clones (numjobs=) are not read each.
std::map<std::string, std::string> TextOfSection(const thread_data* td);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_JOB_TEXT_H_
