// SPDX-License-Identifier: GPL-2.0-only

#include "results/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace daxmend {
namespace {

using Clock = std::chrono::steady_clock;

struct Channel {
  FileDescriptor ours, childs;
};

// A socket pair rather than a pipe: writing to a child that is gone then gives
// EPIPE (MSG_NOSIGNAL) instead of a signal for the whole process.
Channel MakeChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw ErrnoError("socketpair", errno);
  Channel channel{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
    throw ErrnoError("fcntl", errno);
  return channel;
}

// Sends what can be sent; closes the channel when all is sent or nobody reads.
void Send(FileDescriptor& to, std::string_view& rest) {
  ssize_t n = send(to.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (n >= 0)
    rest.remove_prefix(static_cast<size_t>(n));
  else if (errno != EAGAIN && errno != EINTR)
    rest = {};
  if (rest.empty()) to = FileDescriptor();
}

void Receive(FileDescriptor& from, std::string& into) {
  std::array<char, 65536> buffer;
  ssize_t n = recv(from.get(), buffer.data(), buffer.size(), 0);
  if (n > 0)
    into.append(buffer.data(), static_cast<size_t>(n));
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    from = FileDescriptor();
}

// Waits up to `timeout` for the child to end.
bool Reap(pid_t pid, int& status, Clock::time_point deadline) {
  for (;;) {
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return true;
    if (ended < 0 && errno != EINTR) throw ErrnoError("waitpid", errno);
    if (Clock::now() >= deadline) return false;
    poll(nullptr, 0, 1);
  }
}

}  // namespace

ChildResult RunChild(const std::vector<std::string>& words,
                     std::string_view input,
                     std::chrono::milliseconds timeout) {
  Channel in = MakeChannel(), out = MakeChannel(), err = MakeChannel();
  std::vector<char*> argv;
  for (const std::string& word : words)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.childs.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.childs.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.childs.get(), 2);
  pid_t pid;
  int error =
      posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ChildResult result;
  if (error == ENOENT) {
    result.found = false;
    return result;
  }
  if (error) throw ErrnoError("run " + words[0], error);
  for (Channel* channel : {&in, &out, &err}) channel->childs = FileDescriptor();

  const Clock::time_point deadline = Clock::now() + timeout;
  if (input.empty()) in.ours = FileDescriptor();
  while (out.ours || err.ours) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - Clock::now());
    if (left.count() <= 0) break;
    // Closed ones are -1, which poll() passes over.
    std::array<pollfd, 3> ready = {pollfd{in.ours.get(), POLLOUT, 0},
                                   {out.ours.get(), POLLIN, 0},
                                   {err.ours.get(), POLLIN, 0}};
    poll(ready.data(), ready.size(), static_cast<int>(left.count()));
    if (ready[0].revents) Send(in.ours, input);
    if (ready[1].revents) Receive(out.ours, result.out);
    if (ready[2].revents) Receive(err.ours, result.err);
  }
  if (!Reap(pid, result.status, deadline)) {
    result.timed_out = true;
    kill(pid, SIGKILL);
    waitpid(pid, &result.status, 0);
  }
  return result;
}

}  // namespace daxmend
