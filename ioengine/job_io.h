// SPDX-License-Identifier: GPL-2.0-only
//
// What a job reads out of fio's structures.

#ifndef DAXMEND_IOENGINE_JOB_IO_H_
#define DAXMEND_IOENGINE_JOB_IO_H_

#include <fcntl.h>

#include <cstddef>
#include <span>

#include "ioengine/fio.h"
#include "ioengine/options.h"

namespace daxmend {

inline const Options& OptionsOf(const thread_data* td) {
  return *static_cast<const Options*>(td->eo);
}

inline std::span<std::byte> Buffer(const io_u* io) {
  return {static_cast<std::byte*>(io->xfer_buf), io->xfer_buflen};
}

// How a repair is made as durable as the I/O it stands in for.
inline int SyncFlags(const thread_data* td) {
  int flags = static_cast<int>(td->o.sync_io) & (O_SYNC | O_DSYNC);
  if (OptionsOf(td).rwf_flags & RWF_DSYNC) flags |= O_DSYNC;
  if (OptionsOf(td).rwf_flags & RWF_SYNC) flags |= O_SYNC;
  return flags;
}

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_JOB_IO_H_
