// SPDX-License-Identifier: GPL-2.0-only
//
// poison_probe FILE OFFSET ACCESS COMMAND...
//
// What one access to one page does once COMMAND, a word each, has injected
// poison in its first sector. ACCESS:
//
//   pread, pwrite   of the whole page; pwrite512: of its first sector
//   load, store     through a mapping that was there before COMMAND ran;
//                   load-new, store-new: through one made afterwards
//   load-beside     of the page in front of it, through a new mapping of all
//   msync           of a store to its second half
//   write-from      write() to another file, from a mapping of it
//   vm-read         process_vm_readv() of a mapping of it
//   block-read, block-write  of the whole page, by the block device, direct
//   block-ahead     of the page in front of it, by the block device's cache,
//                   with what it reads ahead
//   taken-block-read, taken-block-write, taken-pwrite  of the page's last
//   sector,
//                   direct or by the file, after a load has met the poison
//
// Prints
//
//   SIGNAL-DURING-COMMAND | RESULT
//
// as "- | EIO" or "SIGBUS BUS_MCEERR_AO | ok". Exit status: 0 whatever the
// access did, 2 when it could not be asked.

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kSector = 512;

sigjmp_buf leave;
volatile std::sig_atomic_t accessing = 0;
volatile std::sig_atomic_t code_met = 0;  // 0: no signal

void OnSigbus(int, siginfo_t* info, void*) {
  code_met = info->si_code;
  if (accessing) siglongjmp(leave, 1);
}

std::string SignalName(int code) {
  switch (code) {
    case 0:
      return "-";
    case BUS_ADRERR:
      return "SIGBUS BUS_ADRERR";
    case BUS_MCEERR_AR:
      return "SIGBUS BUS_MCEERR_AR";
    case BUS_MCEERR_AO:
      return "SIGBUS BUS_MCEERR_AO";
    default:
      return "SIGBUS code " + std::to_string(code);
  }
}

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

std::string SystemCall(ssize_t got, size_t wanted) {
  if (got < 0) return strerrorname_np(errno);
  return static_cast<size_t>(got) == wanted ? "ok" : std::to_string(got);
}

std::string Touch(volatile char* page, bool store) {
  code_met = 0;
  accessing = 1;
  if (sigsetjmp(leave, 1) == 0) {
    if (store)
      *page = 's';
    else
      static_cast<void>(*page);
  }
  accessing = 0;
  return code_met ? SignalName(code_met) : "ok";
}

off_t OffsetInDevice(int fd, off_t offset) {
  alignas(fiemap) char space[sizeof(fiemap) + sizeof(fiemap_extent)] = {};
  auto* request = reinterpret_cast<fiemap*>(space);
  request->fm_start = static_cast<uint64_t>(offset);
  request->fm_length = kPage;
  request->fm_extent_count = 1;
  if (ioctl(fd, FS_IOC_FIEMAP, request) != 0 || request->fm_mapped_extents != 1)
    Fail("FIEMAP");
  const fiemap_extent& extent = request->fm_extents[0];
  return static_cast<off_t>(extent.fe_physical + static_cast<uint64_t>(offset) -
                            extent.fe_logical);
}

std::string DeviceOf(int file) {
  struct stat status = {};
  if (fstat(file, &status) != 0) Fail("stat");
  const std::string link = "/sys/dev/block/" +
                           std::to_string(major(status.st_dev)) + ":" +
                           std::to_string(minor(status.st_dev));
  char target[256] = {};
  if (readlink(link.c_str(), target, sizeof target - 1) < 0) Fail(link.c_str());
  return std::string("/dev") + std::strrchr(target, '/');
}

// Of `bytes` at `offset` of the file.
std::string Block(const std::string& access, int file, off_t offset, char* page,
                  size_t bytes) {
  const std::string device = DeviceOf(file);
  const bool cached = access == "block-ahead";
  const int fd =
      open(device.c_str(), O_RDWR | O_CLOEXEC | (cached ? 0 : O_DIRECT));
  if (fd < 0) Fail(device.c_str());
  const off_t at = OffsetInDevice(file, offset);
  if (access == "block-write")
    return SystemCall(pwrite(fd, page, bytes, at), bytes);
  if (!cached) return SystemCall(pread(fd, page, bytes, at), bytes);
  posix_fadvise(fd, at - off_t{kPage}, 4 * off_t{kPage}, POSIX_FADV_WILLNEED);
  return SystemCall(pread(fd, page, kPage, at - off_t{kPage}), kPage);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: poison_probe FILE OFFSET ACCESS COMMAND...\n", stderr);
    return 2;
  }
  const off_t offset = std::atoll(argv[2]);
  const std::string access = argv[3];
  struct sigaction action = {};
  action.sa_sigaction = OnSigbus;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
  // As programs do that want to hear of a page before they touch it.
  prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
  const int fd = open(argv[1], O_RDWR | O_CLOEXEC);
  if (fd < 0) Fail(argv[1]);
  auto map = [&] {
    void* page =
        mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    if (page == MAP_FAILED) Fail("mmap");
    return static_cast<volatile char*>(page);
  };
  volatile char* before = map();
  // A system call's page is mapped by nobody.
  const bool mapped = access.starts_with("load") || access.starts_with("store");
  if (mapped && Touch(before, true) != "ok") return 2;
  code_met = 0;

  const pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(argv[4], argv + 4);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    std::fprintf(stderr, "poison_probe: %s failed\n", argv[4]);
    return 2;
  }
  const std::string during = SignalName(code_met);

  alignas(kPage) static char bytes[kPage];
  std::memset(bytes, 'w', sizeof bytes);
  std::string result;
  if (access == "pread")
    result = SystemCall(pread(fd, bytes, kPage, offset), kPage);
  else if (access == "pwrite")
    result = SystemCall(pwrite(fd, bytes, kPage, offset), kPage);
  else if (access == "pwrite512")
    result = SystemCall(pwrite(fd, bytes, kSector, offset), kSector);
  else if (access == "load" || access == "store")
    result = Touch(before, access == "store");
  else if (access == "load-new" || access == "store-new")
    result = Touch(map(), access == "store-new");
  else if (access == "load-beside") {
    void* all = mmap(nullptr, static_cast<size_t>(offset) + kPage, PROT_READ,
                     MAP_SHARED | MAP_POPULATE, fd, 0);
    if (all == MAP_FAILED) Fail("mmap");
    result = Touch(static_cast<volatile char*>(all) + offset - kPage, false);
  } else if (access == "msync") {
    volatile char* page = map();
    result = Touch(page + kPage / 2, true);
    if (result == "ok")
      result = SystemCall(msync(const_cast<char*>(page), kPage, MS_SYNC), 0);
  } else if (access == "write-from") {
    const int to = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (to < 0) Fail("/tmp");
    code_met = 0;
    result = SystemCall(write(to, const_cast<char*>(map()), kPage), kPage);
    if (code_met != 0) result += " " + SignalName(code_met);
  } else if (access == "vm-read") {
    iovec to = {bytes, kPage}, from = {const_cast<char*>(map()), kPage};
    result = SystemCall(process_vm_readv(getpid(), &to, 1, &from, 1, 0), kPage);
  } else if (access.starts_with("block-"))
    result = Block(access, fd, offset, bytes, kPage);
  else if (access.starts_with("taken-")) {
    Touch(map(), false);
    sleep(1);  // the kernel takes the page away later
    const off_t last = offset + off_t{kPage - kSector};
    if (access == "taken-pwrite")
      result = SystemCall(pwrite(fd, bytes, kSector, last), kSector);
    else
      result = Block(access.substr(6), fd, last, bytes, kSector);
  } else
    return 2;
  std::printf("%s | %s\n", during.c_str(), result.c_str());
}
