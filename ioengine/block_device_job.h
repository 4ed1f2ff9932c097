// SPDX-License-Identifier: GPL-2.0-only
//
// What a job can do on a block device of persistent memory, where no file
// system is between: in raw or fsdax mode the kernel lists its bad sectors, in
// sector mode (BTT) it does not, and a bad block ends reads until it is
// written. Both only past the page cache.

#ifndef DAXMEND_IOENGINE_BLOCK_DEVICE_JOB_H_
#define DAXMEND_IOENGINE_BLOCK_DEVICE_JOB_H_

#include "ioengine/fio.h"
#include "system/dax_file.h"

namespace daxmend {

// Throws Error where the job cannot recover on `file`, when that is a block
// device.
void CheckBlockDevice(const thread_data* td, const DaxFile& file);
// The same where something else has it mounted or claimed: recovery would write
// below that. For one thread of all jobs, before they start.
void CheckUnused(const thread_data* td, const DaxFile& file);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_BLOCK_DEVICE_JOB_H_
