// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/described_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <exception>
#include <string_view>

#include "core/error.h"
#include "device/dax/dax_node.h"
#include "device/shared_list.h"
#include "ioengine/block_device_job.h"
#include "ioengine/job_io.h"
#include "ioengine/options.h"
#include "recovery/device_dax_media.h"
#include "recovery/page_repair.h"

namespace daxmend {
namespace {

constexpr std::string_view kDaxDev = "/dev/dax";

// Device-dax, which has no system calls. Throws Error where the job cannot use
// it.
DaxFile DescribeDeviceDax(const thread_data* td, const DaxNode& node,
                          const char* path) {
  RequireMappable(node);
  const Options& options = OptionsOf(td);
  if (static_cast<Access>(options.access) != Access::kMmap)
    throw Error({.thing = path,
                 .cause = "is device-dax, which can only be mapped",
                 .way_out = "set access=mmap"});
  const auto strategy = static_cast<Strategy>(options.recovery);
  if (strategy != Strategy::kNone) {
    RequirePersistent(node);
    if (strategy != Strategy::kClear && options.recovery != kRecoveryAuto)
      throw Error({.thing = std::string("recovery=") +
                            StrategyName(options.recovery) + " of " + path,
                   .cause = "cannot make poison of device-dax good, because a "
                            "store clears none, and there is no file system",
                   .way_out = "set recovery=clear, or auto"});
    if (!SharedDeviceList::Of(node.name)) throw NoDaxList(path);
  }
  const uint64_t size = node.mappable();
  return {.path = path,
          .dax = true,
          .size = size,
          .filesystem = "device-dax",
          .device = BlockDevice{.name = node.name,
                                .disk = node.name,
                                .sectors = size / kSectorBytes}};
}

DaxFile DescribeAny(const thread_data* td, int fd, const char* path) {
  struct stat st;
  const bool character = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode);
  if (character)
    if (const auto node = DaxNodeOf(st.st_rdev))
      return DescribeDeviceDax(td, *node, path);
  if (OptionsOf(td).allow_nodax) return DescribeFile(fd, path);
  if (character)
    throw Error({.thing = path,
                 .cause = "is a character device, but not device-dax",
                 .way_out = "name /dev/daxN.M, or a file on a file system "
                            "mounted with -o dax"});
  try {
    DaxFile file = DescribeFile(fd, path);
    RequireDax(file);
    return file;
  } catch (const Error& e) {
    ErrorParts parts = e.parts();
    if (parts.way_out.empty()) throw;
    parts.way_out +=
        ", or set allow_nodax=1, or run this on an emulated NVDIMM: daxmend vm "
        "-- daxmend run JOBFILE";
    throw Error(parts);
  }
}

}  // namespace

DaxFile Describe(const thread_data* td, int fd, const char* path) {
  DaxFile file = DescribeAny(td, fd, path);
  CheckBlockDevice(td, file);
  return file;
}

int FileSize(thread_data* td, fio_file* file) try {
  // Of one that is system RAM or not there, fio would lay a file out in its
  // place.
  const bool character = file->filetype == FIO_TYPE_CHAR ||
                         std::string_view(file->file_name).starts_with(kDaxDev);
  if (!character) return generic_get_file_size(td, file);
  if (fio_file_size_known(file)) return 0;
  const auto node = DaxNodeOfPath(file->file_name);
  struct stat st;
  if (!node && stat(file->file_name, &st) != 0 && errno == ENOENT)
    throw Error({.thing = file->file_name,
                 .cause = "is not there",
                 .way_out = "see 'daxctl list', or run this on an emulated "
                            "NVDIMM: daxmend vm --mode devdax -- daxmend run "
                            "JOBFILE"});
  if (!node) return generic_get_file_size(td, file);
  RequireMappable(*node);
  file->real_file_size = node->mappable();
  if (file->file_offset > file->real_file_size) {
    log_err("daxmend: %s ends at %llu, in front of offset=%llu\n",
            file->file_name,
            static_cast<unsigned long long>(file->real_file_size),
            static_cast<unsigned long long>(file->file_offset));
    td_verror(td, EINVAL, "get_file_size");
    return 1;
  }
  fio_file_set_size_known(file);
  return 0;
} catch (const std::exception& e) {
  log_err("daxmend: %s\n", e.what());
  td_verror(td, EINVAL, "get_file_size");
  return 1;
}

}  // namespace daxmend
