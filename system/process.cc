// SPDX-License-Identifier: GPL-2.0-only

#include "system/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// In the child: async-signal-safe calls only.
[[noreturn]] void Become(const char* program, char* const* arguments,
                         const ProcessStart& files, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, files.death_signal);
  if (getppid() != parent) _exit(127);
  if (files.own_group) setpgid(0, 0);
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!files.directory.empty() && chdir(files.directory.c_str()) != 0)
    _exit(127);
  const int null = open("/dev/null", O_RDWR);
  const int standard[] = {files.input, files.output, files.errors};
  for (int fd = 0; fd < 3; ++fd)
    if (dup2(standard[fd] < 0 ? null : standard[fd], fd) < 0) _exit(127);
  for (int fd : files.inherited) fcntl(fd, F_SETFD, 0);
  execvp(program, arguments);
  _exit(127);
}

// Where SIGCHLD is ignored, or SA_NOCLDWAIT set, the kernel reaps children
// itself: waitpid() has no status to give, and no SIGCHLD comes.
void HaveChildrenWaitForUs() {
  struct sigaction action;
  if (sigaction(SIGCHLD, nullptr, &action) != 0) return;
  if (action.sa_handler == SIG_IGN) {
    signal(SIGCHLD, SIG_DFL);
  } else if (action.sa_flags & SA_NOCLDWAIT) {
    action.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, nullptr);
  }
}

}  // namespace

pid_t Start(const std::vector<std::string>& command,
            const ProcessStart& files) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::string program = command[0];
  if (!files.directory.empty()) {
    if (program.find('/') == program.npos) program = FindInPath(program);
    // What is not found stays so wherever it is looked for.
    program = program.empty() ? "/nonexistent"
                              : std::filesystem::absolute(program).string();
  }
  HaveChildrenWaitForUs();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw ErrnoError("start " + command[0], errno);
  if (child == 0) Become(program.c_str(), arguments.data(), files, parent);
  return child;
}

int Wait(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw ErrnoError("wait for a child process", errno);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string FindInPath(const std::string& name) {
  const char* path = getenv("PATH");
  std::istringstream directories(path ? path : "/bin:/usr/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string program =
        (directory.empty() ? "." : directory) + "/" + name;
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

ProcessResult Capture(const std::vector<std::string>& command,
                      ProcessStart files) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) throw ErrnoError("make a pipe", errno);
  FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  files.output = write_end.get();
  if (files.errors < 0) files.errors = STDERR_FILENO;
  const pid_t child = Start(command, files);
  write_end = FileDescriptor();
  ProcessResult result;
  char buffer[4096];
  for (;;) {
    const ssize_t n = read(read_end.get(), buffer, sizeof buffer);
    if (n > 0) result.output.append(buffer, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) break;
  }
  result.status = Wait(child);
  return result;
}

}  // namespace daxmend
