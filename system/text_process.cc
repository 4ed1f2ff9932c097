// SPDX-License-Identifier: GPL-2.0-only

#include "system/text_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/process.h"

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

// Waits for the child to end until `deadline`.
bool EndsBefore(Clock::time_point deadline, pid_t pid) {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(pid), &ended,
               WEXITED | WNOHANG | WNOWAIT) != 0 &&
        errno != EINTR)
      throw ErrnoError("waitid", errno);
    if (ended.si_pid == pid) return true;
    if (Clock::now() >= deadline) return false;
    poll(nullptr, 0, 1);
  }
}

}  // namespace

TextResult RunOnText(const std::vector<std::string>& words,
                     std::string_view input,
                     std::chrono::milliseconds timeout) {
  Channel in = MakeChannel(), out = MakeChannel(), err = MakeChannel();
  const pid_t pid = Start(words, {.input = in.childs.get(),
                                  .output = out.childs.get(),
                                  .errors = err.childs.get(),
                                  .own_group = false});
  TextResult result;
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
  result.timed_out = !EndsBefore(deadline, pid);
  if (result.timed_out) kill(pid, SIGKILL);
  result.status = Wait(pid);
  return result;
}

}  // namespace daxmend
