// SPDX-License-Identifier: GPL-2.0-only
//
// poison_probe FILE OFFSET ACCESS COMMAND...
//
// What one access to one page does once COMMAND, a word each, has injected
// poison in it. ACCESS: pread, pwrite (the whole page), pwrite512 (its first
// sector), load and store (through a mapping that was there before COMMAND
// ran), load-new and store-new (through one made afterwards). Prints
//
//   SIGNAL-DURING-COMMAND | RESULT
//
// as "- | EIO" or "SIGBUS BUS_MCEERR_AO | ok". Exit status: 0 whatever the
// access did, 2 when it could not be asked.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <csignal>
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

  char bytes[kPage];
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
  else
    return 2;
  std::printf("%s | %s\n", during.c_str(), result.c_str());
}
