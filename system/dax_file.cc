// SPDX-License-Identifier: GPL-2.0-only

#include "system/dax_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/error.h"
#include "system/file_device.h"
#include "system/known_devices.h"

namespace daxmend {
namespace {

std::string FilesystemName(int fd) {
  struct statfs fs;
  if (fstatfs(fd, &fs) != 0) return "unknown";
  switch (static_cast<unsigned long>(fs.f_type)) {
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case TMPFS_MAGIC:
      return "tmpfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlayfs";
    case F2FS_SUPER_MAGIC:
      return "f2fs";
    case EROFS_SUPER_MAGIC_V1:
      return "erofs";
    default: {
      char hex[24];
      std::snprintf(hex, sizeof hex, "0x%lx",
                    static_cast<unsigned long>(fs.f_type));
      return hex;
    }
  }
}

}  // namespace

DaxFile DescribeFile(int fd, const std::string& path) {
  struct statx stx;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) != 0)
    throw ErrnoError("statx " + path, errno);
  DaxFile file;
  file.path = path;
  file.dax = (stx.stx_attributes & STATX_ATTR_DAX) != 0;
  file.regular = S_ISREG(stx.stx_mode);
  file.size = stx.stx_size;
  file.filesystem = FilesystemName(fd);
  const FileDevice device = DeviceOfExtents(
      {.device = makedev(stx.stx_dev_major, stx.stx_dev_minor),
       .filesystem = file.filesystem,
       .realtime = file.filesystem == "xfs" ? IsRealtime(fd) : false},
      ReadMounts);
  file.no_device = device.cause;
  if (device.number) try {
      const KnownDevice known = FindKnownDevice(*device.number);
      file.device = known.device;
      file.keeps_badblocks = known.keeps_badblocks;
    } catch (const Error& e) {
      file.no_device = e.what();
    }
  return file;
}

void RequireDax(const DaxFile& file) {
  if (!file.regular)
    throw Error(
        {.thing = file.path,
         .cause = "is not a regular file",
         .way_out = "name a file on a file system mounted with -o dax"});
  if (!file.dax)
    throw Error(
        {.thing = file.path,
         .cause = "is not a DAX file (" + file.filesystem +
                  (file.device ? " on " + file.device->node() : "") + ")",
         .way_out = "mount its file system with -o dax on persistent memory"});
  const std::string way_out =
      "use a file of ext4 or xfs directly on /dev/pmemN";
  if (!file.device)
    throw Error({.thing = "the poison of " + file.path,
                 .cause = "cannot be located because " + file.no_device,
                 .way_out = way_out});
  if (!file.keeps_badblocks)
    throw Error({.thing = "the poison of " + file.path,
                 .cause = "cannot be located because " + file.device->node() +
                          " keeps no list of bad sectors",
                 .way_out = way_out});
}

}  // namespace daxmend
