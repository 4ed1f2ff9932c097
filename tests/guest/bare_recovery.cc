// SPDX-License-Identifier: GPL-2.0-only
//
// bare_recovery FILE BACKUP: recovers every poisoned page of FILE by the system
// calls that the engine's recovery=write makes for a read of 4 KiB, in their
// order, and nothing between them: what recovery costs at least. Prints the
// least, the median and the mean of a page, in the clock's nanoseconds.
//
// It is told what the engine must find out: the file is one extent on an
// unpartitioned disk, and the first sector of a page is the bad one.

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <numeric>
#include <string>
#include <vector>

namespace {

constexpr off_t kPage = 4096;
constexpr off_t kSector = 512;

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "bare_recovery: %s: %s\n", what.c_str(),
               std::strerror(errno));
  std::exit(2);
}

int Open(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) Die(path);
  return fd;
}

uint64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

// Where the page at `offset` is on the device.
off_t Place(int file, off_t offset) {
  alignas(fiemap) char buffer[sizeof(fiemap) + sizeof(fiemap_extent)] = {};
  auto* map = reinterpret_cast<fiemap*>(buffer);
  map->fm_start = static_cast<uint64_t>(offset);
  map->fm_length = kPage;
  map->fm_extent_count = 1;
  if (ioctl(file, FS_IOC_FIEMAP, map) != 0 || map->fm_mapped_extents != 1)
    Die("FIEMAP");
  const fiemap_extent& extent = map->fm_extents[0];
  return static_cast<off_t>(extent.fe_physical) +
         (offset - static_cast<off_t>(extent.fe_logical));
}

void SetLock(int file, off_t offset, short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = offset;
  lock.l_len = kPage;
  if (fcntl(file, F_OFD_SETLKW, &lock) != 0) Die("lock");
}

struct Files {
  int read, write, device, badblocks, backup;
};

// What recovery looks at, once before it saves the page and once after.
off_t Look(const Files& files, off_t offset) {
  struct stat st;
  if (fstat(files.write, &st) != 0) Die("stat");
  static char list[kPage];
  if (pread(files.badblocks, list, sizeof list, 0) < 0) Die("badblocks");
  return Place(files.write, offset);
}

// False when the page was good.
bool Recover(const Files& files, off_t offset) {
  alignas(kPage) static char page[kPage];
  if (pread(files.read, page, kPage, offset) == kPage) return false;
  SetLock(files.write, offset, F_WRLCK);
  const off_t place = Look(files, offset);
  constexpr off_t good = kPage - kSector;
  if (pread(files.device, page + kSector, good, place + kSector) != good)
    Die("read the good sectors");
  if (pread(files.backup, page, kSector, offset) != kSector)
    Die("read the backup");
  Look(files, offset);
  if (pwrite(files.write, page, kPage, offset) != kPage) Die("repair");
  if (pread(files.write, page, kPage, offset) != kPage) Die("read again");
  SetLock(files.write, offset, F_UNLCK);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bare_recovery FILE BACKUP\n", stderr);
    return 2;
  }
  Files files;
  files.read = Open(argv[1], O_RDONLY);
  files.write = Open(argv[1], O_RDWR);
  files.backup = Open(argv[2], O_RDONLY);
  struct stat st;
  if (fstat(files.read, &st) != 0) Die("stat");
  const std::string number =
      std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  const std::string sys = "/sys/dev/block/" + number;
  char link[256] = {};
  if (readlink(sys.c_str(), link, sizeof link - 1) < 0) Die(sys);
  files.device = Open(std::string("/dev/") + (std::strrchr(link, '/') + 1),
                      O_RDONLY | O_DIRECT);
  files.badblocks = Open(sys + "/badblocks", O_RDONLY);

  std::vector<uint64_t> pages;
  for (off_t offset = 0; offset < st.st_size; offset += kPage) {
    const uint64_t begun = Now();
    if (!Recover(files, offset)) continue;
    pages.push_back(Now() - begun);
  }
  if (pages.empty()) return 1;
  std::sort(pages.begin(), pages.end());
  // As results/ has it: the least value that half of all do not exceed.
  const uint64_t median = pages[(pages.size() - 1) / 2];
  const uint64_t total =
      std::accumulate(pages.begin(), pages.end(), uint64_t{0});
  std::printf("%llu %llu %llu\n", static_cast<unsigned long long>(pages[0]),
              static_cast<unsigned long long>(median),
              static_cast<unsigned long long>(total / pages.size()));
}
