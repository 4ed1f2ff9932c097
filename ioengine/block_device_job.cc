// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/block_device_job.h"

#include <fcntl.h>

#include <cerrno>
#include <string>

#include "core/error.h"
#include "ioengine/job_io.h"
#include "ioengine/options.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

bool Recovers(const thread_data* td) {
  return OptionsOf(td).recovery != static_cast<unsigned>(Strategy::kNone);
}

}  // namespace

void CheckBlockDevice(const thread_data* td, const DaxFile& file) {
  if (!file.raw && !file.sector_mode) return;
  const Options& options = OptionsOf(td);
  if (!Recovers(td) && options.allow_nodax) return;
  if (static_cast<Access>(options.access) == Access::kMmap)
    throw Error({.thing = "access=mmap of " + file.path,
                 .cause = "maps the page cache and not persistent memory, as "
                          "it is a block device",
                 .way_out = "set access=syscall and direct=1, or name a file"});
  if (!td->o.odirect)
    throw Error({.thing = "direct=0 on " + file.path,
                 .cause = "goes through the page cache, as it is a block "
                          "device, and poison is met behind that",
                 .way_out = "set direct=1"});
  if (!Recovers(td)) return;
  const auto strategy = static_cast<Strategy>(options.recovery);
  const bool file_only =
      strategy == Strategy::kPunch || strategy == Strategy::kFlag;
  if (file_only || (file.sector_mode && strategy == Strategy::kClear))
    throw Error({.thing = std::string("recovery=") +
                          StrategyName(options.recovery) + " of " + file.path,
                 .cause = file_only
                              ? "wants a file, but it is a block device"
                              : "cannot tell the firmware where a block is, as "
                                "sector mode moves it with every write",
                 .way_out = "set recovery=write"});
}

void CheckUnused(const thread_data* td, const DaxFile& file) {
  if ((!file.raw && !file.sector_mode) || !Recovers(td)) return;
  const FileDescriptor fd(
      open(file.path.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
  if (fd || errno != EBUSY) return;
  throw Error({.thing = file.path,
               .cause = "is in use (mounted, or below another device), and "
                        "recovery would write to it",
               .way_out = "name a file on it, or set recovery=none"});
}

}  // namespace daxmend
