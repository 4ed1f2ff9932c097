// SPDX-License-Identifier: GPL-2.0-only

#include "system/dax_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/error.h"
#include "system/file_device.h"
#include "system/known_devices.h"
#include "system/layers/block_map.h"
#include "system/layers/dm_table.h"
#include "system/layers/overlay_file.h"

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

// Is `disk` a namespace in sector mode? Its device is one of libnvdimm's BTTs.
bool IsSectorMode(const std::string& disk) {
  std::error_code missing;
  const std::string device =
      std::filesystem::read_symlink("/sys/block/" + disk + "/device", missing)
          .filename();
  return device.starts_with("btt");
}

void DescribeBlockDevice(dev_t number, DaxFile& file) {
  file.filesystem = "none";
  const KnownDevice known = FindKnownDevice(number);
  file.device = known.device;
  file.size = known.device.sectors * kSectorBytes;
  file.keeps_badblocks = file.raw = known.keeps_badblocks;
  file.sector_mode = IsSectorMode(known.device.disk);
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
  if (S_ISBLK(stx.stx_mode)) {
    DescribeBlockDevice(makedev(stx.stx_rdev_major, stx.stx_rdev_minor), file);
    return file;
  }
  file.filesystem = FilesystemName(fd);
  const FileDevice device = DeviceOfExtents(
      {.device = makedev(stx.stx_dev_major, stx.stx_dev_minor),
       .filesystem = file.filesystem,
       .realtime = file.filesystem == "xfs" ? IsRealtime(fd) : false},
      ReadMounts);
  file.no_device = device.cause;
  if (file.filesystem == "overlayfs") {
    const auto real = RealFileOf(fd);
    file.no_device = real ? "on overlayfs it is really " + *real
                          : "the file that it really is (overlayfs) cannot be "
                            "seen from here";
  }
  if (device.number) try {
      const KnownDevice known = FindKnownDevice(*device.number);
      file.device = known.device;
      file.keeps_badblocks = known.keeps_badblocks;
    } catch (const Error& e) {
      file.no_device = e.what();
    }
  return file;
}

namespace {

// Why a device-mapper device has no list of bad sectors, where the cause is
// device mapper's.
std::string WhyNoList(const BlockDevice& device) try {
  if (!IsMapper(device.number) || BlockMap::Of(device.number).InOnePiece())
    return "";
  return " (it is not one linear piece of a disk)";
} catch (const Error& e) {
  return fmt::format(" ({})", e.what());
}

}  // namespace

void RequireDax(const DaxFile& file) {
  if (file.raw || file.sector_mode) return;
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
                          " keeps no list of bad sectors" +
                          WhyNoList(*file.device),
                 .way_out = way_out});
}

}  // namespace daxmend
