// SPDX-License-Identifier: GPL-2.0-only

#include "core/dax_file.h"

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
  try {
    file.device =
        FindBlockDevice(makedev(stx.stx_dev_major, stx.stx_dev_minor));
  } catch (const Error&) {
    // No block device below (tmpfs, overlayfs): RequireDax says what that
    // means.
  }
  return file;
}

void RequireDax(const DaxFile& file) {
  if (!file.regular)
    throw Error(file.path +
                " is not a regular file: name a file on a file system mounted "
                "with -o dax");
  if (!file.dax)
    throw Error(file.path + " is not a DAX file (" + file.filesystem +
                (file.device ? " on " + file.device->node() : std::string()) +
                "): mount its file system with -o dax on persistent memory");
  if (!file.device || access(file.device->badblocks_path().c_str(), F_OK) != 0)
    throw Error(
        file.path +
        " is on a device without a badblocks list, so its poison cannot "
        "be found: use a file system directly on /dev/pmemN");
}

}  // namespace daxmend
