// SPDX-License-Identifier: GPL-2.0-only
//
// Child processes that die with us: whatever ends this process, SIGKILL
// included, the kernel kills them (PR_SET_PDEATHSIG).
//
// A child starts with an empty signal mask and the default action for SIGCHLD
// and SIGPIPE, whatever this process inherited; other signals that are ignored
// (nohup's SIGHUP) stay so. Somebody who starts us with SIGCHLD ignored would
// have the kernel forget how our children ended: Start() gives SIGCHLD its
// default action in this process, too.
//
// Not thread-safe: the kernel takes the death of the thread that started a
// child for ours.

#ifndef DAXMEND_SYSTEM_PROCESS_H_
#define DAXMEND_SYSTEM_PROCESS_H_

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace daxmend {

// How a child starts: the file descriptors it gets as its stdin, stdout and
// stderr, -1 is /dev/null; `inherited` ones keep their numbers.
struct ProcessStart {
  int input = -1;
  int output = -1;
  int errors = -1;
  std::vector<int> inherited = {};
  // A process group of its own: a terminal's Ctrl-C then reaches only us.
  bool own_group = true;
  // What it gets when this process has died.
  int death_signal = SIGKILL;
  // Its working directory; "" for ours.
  std::string directory = {};
};

// Starts `command` (its first word is looked up in PATH, or is a path, from our
// working directory, not from the child's). A program that cannot
// be executed ends with status 127. Throws Error when there can be no process.
pid_t Start(const std::vector<std::string>& command, const ProcessStart& files);

// Waits for a child and returns its exit status, or 128 + the signal that
// killed it.
int Wait(pid_t child);

// Where PATH has a program called `name`; "" where it has none.
std::string FindInPath(const std::string& name);

struct ProcessResult {
  int status = 0;
  std::string output;  // its stdout
};

// Runs `command` to its end; its stderr is ours.
ProcessResult Capture(const std::vector<std::string>& command,
                      ProcessStart files = {});

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_PROCESS_H_
