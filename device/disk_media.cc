// SPDX-License-Identifier: GPL-2.0-only

#include "device/disk_media.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "core/error.h"
#include "system/block_device.h"

namespace daxmend {
namespace {

// MAX_BADBLOCKS, BB_MAX_LEN; include/linux/badblocks.h.
constexpr uint64_t kListEntries = 512;

struct Free {
  void operator()(char* p) const { std::free(p); }
};

// O_DIRECT wants memory aligned to the device's logical block; a page is enough
// for every device.
std::unique_ptr<char, Free> AlignedBuffer(size_t bytes) {
  auto* p = static_cast<char*>(std::aligned_alloc(
      kPageBytes, (bytes + kPageBytes - 1) & ~(kPageBytes - 1)));
  if (!p) throw std::bad_alloc();
  return std::unique_ptr<char, Free>(p);
}

std::string Where(const std::string& node, UnitRange sectors) {
  return fmt::format("sectors {} to {} of {}", sectors.begin, sectors.end,
                     node);
}

FileDescriptor OpenDisk(const std::string& node, bool exclusive) {
  const int fd = open(node.c_str(),
                      O_RDWR | O_DIRECT | O_CLOEXEC | (exclusive ? O_EXCL : 0));
  if (fd < 0 && errno == EBUSY)
    throw Error({.thing = node,
                 .cause = "is in use (mounted, or held by another program)",
                 .way_out = "name the file instead, or unmount it"});
  if (fd < 0) throw ErrnoError("open " + node, errno);
  return FileDescriptor(fd);
}

}  // namespace

DiskMedia::DiskMedia(const std::string& disk, bool exclusive)
    : node_("/dev/" + disk), fd_(OpenDisk(node_, exclusive)) {}

std::string DiskMedia::Read(UnitRange sectors) {
  const size_t bytes = sectors.length() * kSectorBytes;
  auto buffer = AlignedBuffer(bytes);
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = pread(fd_.get(), buffer.get() + done, bytes - done,
                      static_cast<off_t>(sectors.begin * kSectorBytes + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw ErrnoError("read " + Where(node_, sectors), n < 0 ? errno : ENXIO);
    done += static_cast<size_t>(n);
  }
  return std::string(buffer.get(), bytes);
}

void DiskMedia::ListUnreadable(UnitRange sectors) {
  if (Readable(sectors)) return;
  const PoisonView view = Poison();
  for (UnitRange bad : UnreadableAmong({sectors}, *this))
    for (UnitRange unlisted : Subtract(bad, view.units)) try {
        List(unlisted);
      } catch (const Error& e) {
        throw Error(
            {.thing = Where(node_, unlisted),
             .cause = fmt::format("cannot be read, and not be written before "
                                  "the kernel lists them ({})",
                                  e.what())},
            e.code());
      }
}

void DiskMedia::Write(UnitRange sectors, std::string_view content) {
  const size_t bytes = sectors.length() * kSectorBytes;
  if (content.size() != bytes)
    throw Error(
        {.thing = Where(node_, sectors),
         .cause = fmt::format("are not filled by {} bytes", content.size())});
  ListUnreadable(sectors);
  auto buffer = AlignedBuffer(bytes);
  std::memcpy(buffer.get(), content.data(), bytes);
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = pwrite(fd_.get(), buffer.get() + done, bytes - done,
                       static_cast<off_t>(sectors.begin * kSectorBytes + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw ErrnoError("write " + Where(node_, sectors), n < 0 ? errno : ENXIO);
    done += static_cast<size_t>(n);
  }
}

PoisonView DiskMedia::Poison() {
  BadblocksView view = ViewBadblocks(FindBlockDevice(node_));
  return {.units = std::move(view.sectors), .cut = view.cut};
}

void RequireRoomInBadblocks(const PoisonView& view,
                            const std::vector<UnitRange>& sectors) {
  std::vector<UnitRange> all = view.units;
  all.insert(all.end(), sectors.begin(), sectors.end());
  uint64_t entries = 0;
  for (UnitRange r : Normalize(std::move(all)))
    entries +=
        (r.length() + kBadblocksEntrySectors - 1) / kBadblocksEntrySectors;
  if (view.cut || entries > kListEntries)
    throw Error(
        {.thing = "the kernel's list of bad sectors",
         .cause = fmt::format("holds 512 ranges, but would need {}{}",
                              view.cut ? "more than " : "", entries),
         .way_out = "inject fewer, or clear some ('daxmend list' shows them)"});
}

void DiskMedia::List(UnitRange sectors) {
  AddBadblocks(FindBlockDevice(node_).badblocks_path(), sectors);
}

bool DiskMedia::Readable(UnitRange sectors) {
  constexpr uint64_t kAtOnce = 2048;
  while (!sectors.empty()) {
    const UnitRange part =
        UnitRange::OfLength(sectors.begin, std::min(sectors.length(), kAtOnce));
    const size_t bytes = part.length() * kSectorBytes;
    const ssize_t n = pread(fd_.get(), AlignedBuffer(bytes).get(), bytes,
                            static_cast<off_t>(part.begin * kSectorBytes));
    if (n < 0 && errno == EIO) return false;
    if (n < 0) throw ErrnoError("read " + Where(node_, part), errno);
    // A short read ends where the poison begins.
    if (static_cast<size_t>(n) < bytes) return false;
    sectors.begin = part.end;
  }
  return true;
}

}  // namespace daxmend
