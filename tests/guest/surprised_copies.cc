// SPDX-License-Identifier: GPL-2.0-only
//
// surprised_copies FILE PROCESSES [plain]
//
// PROCESSES processes map FILE, whole pages, and each copies its share of them.
// With the fault-tolerant copy each says how many pages it
// got less of than all, and goes on; with "plain", memcpy(), one dies of
// SIGBUS. Prints the sum. Exit status: 0, 2 when it could not be asked, 1 when
// a process ended in another way than it should.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "copy/fault_tolerant_copy.h"

namespace {

constexpr size_t kPage = 4096;

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fputs("usage: surprised_copies FILE PROCESSES [plain]\n", stderr);
    return 2;
  }
  const size_t processes = std::strtoul(argv[2], nullptr, 10);
  const bool plain = argc == 4 && std::string(argv[3]) == "plain";
  const int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (fd < 0 || fstat(fd, &status) != 0) Fail(argv[1]);
  const size_t pages = static_cast<size_t>(status.st_size) / kPage;
  void* shared = mmap(nullptr, kPage, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) Fail("mmap");
  auto* short_copies = new (shared) std::atomic<size_t>(0);

  for (size_t process = 0; process < processes; ++process) {
    const pid_t child = fork();
    if (child < 0) Fail("fork");
    if (child != 0) continue;
    const void* file =
        mmap(nullptr, pages * kPage, PROT_READ, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED) _exit(2);
    daxmend::PrepareFaultTolerantCopy();
    static char page[kPage];
    for (size_t i = process; i < pages; i += processes) {
      const char* from = static_cast<const char*>(file) + i * kPage;
      if (plain)
        std::memcpy(page, from, kPage);
      else if (daxmend::FaultTolerantCopy(page, from, kPage) != 0)
        short_copies->fetch_add(1);
    }
    _exit(0);
  }
  size_t killed = 0, wrong = 0;
  for (size_t process = 0; process < processes; ++process) {
    int how = 0;
    if (wait(&how) < 0) Fail("wait");
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGBUS)
      ++killed;
    else if (how != 0)
      ++wrong;
  }
  std::printf("%zu\n", plain ? killed : short_copies->load());
  return wrong != 0 || (!plain && killed != 0);
}
