// SPDX-License-Identifier: GPL-2.0-only
//
// What a job's file is, and how long: a DAX file, device-dax, or with
// allow_nodax= anything.
//
// Thread-safe.

#ifndef DAXMEND_IOENGINE_DESCRIBED_FILE_H_
#define DAXMEND_IOENGINE_DESCRIBED_FILE_H_

#include "ioengine/fio.h"
#include "system/dax_file.h"

namespace daxmend {

// What the open file is. Throws Error where the job cannot use it.
DaxFile Describe(const thread_data* td, int fd, const char* path);

// fio's hook get_file_size: fio knows no character device's size.
int FileSize(thread_data* td, fio_file* file);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_DESCRIBED_FILE_H_
