// SPDX-License-Identifier: GPL-2.0-only
//
// mappers FILE COUNT COMMAND...
//
// Runs COMMAND while COUNT other processes have all pages of FILE mapped and
// touched. They end with it; how many had ended before, by a signal, is printed
// then. Exit status: COMMAND's; 2 when a process could not map FILE.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: mappers FILE COUNT COMMAND...\n", stderr);
    return 2;
  }
  const int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (fd < 0 || fstat(fd, &status) != 0) {
    std::perror(argv[1]);
    return 2;
  }
  const auto bytes = static_cast<size_t>(status.st_size);
  std::vector<pid_t> children;
  for (long i = std::atol(argv[2]); i > 0; --i) {
    int ready[2];
    if (pipe(ready) != 0) return 2;
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto* file = static_cast<const volatile char*>(
          mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0));
      if (file == MAP_FAILED) _exit(2);
      for (size_t at = 0; at < bytes; at += 4096) static_cast<void>(file[at]);
      if (write(ready[1], "r", 1) != 1) _exit(2);
      for (;;) pause();
    }
    close(ready[1]);
    char answer = 0;
    if (child < 0 || read(ready[0], &answer, 1) != 1) {
      std::fprintf(stderr, "mappers: %s could not be mapped\n", argv[1]);
      return 2;
    }
    close(ready[0]);
    children.push_back(child);
  }
  const pid_t command = fork();
  if (command == 0) {
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  int how = 0;
  waitpid(command, &how, 0);
  size_t killed = 0;
  for (pid_t child : children) {
    if (waitpid(child, nullptr, WNOHANG) == child) {
      ++killed;
      continue;
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  std::printf("mappers: %zu of %zu killed\n", killed, children.size());
  return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
