// SPDX-License-Identifier: GPL-2.0-only

#include "system/badblocks_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "system/own_descriptors.h"
#include "system/process_tables.h"

namespace daxmend {
namespace {

// Has `fd` announce what changes from here on: a list that was never read
// counts as changed (kernfs_generic_poll, fs/kernfs/file.c).
void Arm(int fd) {
  char first;
  [[maybe_unused]] const ssize_t n = pread(fd, &first, 1, 0);
}

void Add(int epoll, int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    throw ErrnoError("watch a list of bad sectors", errno);
}

}  // namespace

BadblocksWatch::BadblocksWatch(const std::string& path,
                               std::function<void()> on_change)
    : stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) throw ErrnoError("make an eventfd", errno);
  std::promise<void> watching;
  std::future<void> watched = watching.get_future();
  // Signals are the business of the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ =
        std::thread([path, stop = stop_.get(), watching = std::move(watching),
                     on_change = std::move(on_change)]() mutable {
          Watch(path, stop, on_change, std::move(watching));
        });
  } catch (const std::system_error& e) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw ErrnoError("start a thread to watch " + path, e.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  try {
    watched.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

BadblocksWatch::~BadblocksWatch() {
  const uint64_t one = 1;
  while (write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  thread_.join();
}

void BadblocksWatch::Watch(const std::string& path, int stop,
                           const std::function<void()>& on_change,
                           std::promise<void> watching) {
  KeepOnlyDescriptors({stop});
  FileDescriptor list, epoll;
  try {
    list = FileDescriptor::Open(path, O_RDONLY);
    epoll = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) throw ErrnoError("make an epoll", errno);
    Arm(list.get());
    // Each change once (EPOLLET), without reading the list to arm it anew: the
    // kernel would print all of it, in the middle of somebody's recovery.
    Add(epoll.get(), list.get(), EPOLLPRI | EPOLLERR | EPOLLET);
    Add(epoll.get(), stop, EPOLLIN);
  } catch (...) {
    watching.set_exception(std::current_exception());
    return;
  }
  watching.set_value();
  for (;;) {
    epoll_event events[2];
    const int n = epoll_wait(epoll.get(), events, 2, -1);
    if (n < 0 && errno != EINTR) return;
    for (int i = 0; i < n; ++i)
      if (events[i].data.fd == stop) return;
    if (n > 0) on_change();
  }
}

class BadblocksSubscription::Hub {
 public:
  explicit Hub(const std::string& path)
      : watch_(path, [this] {
          const std::lock_guard hold(mutex_);
          for (const std::function<void()>& tell : told_) tell();
        }) {}

  std::list<std::function<void()>>::iterator Add(std::function<void()> tell) {
    const std::lock_guard hold(mutex_);
    return told_.insert(told_.end(), std::move(tell));
  }
  void Remove(std::list<std::function<void()>>::iterator place) {
    const std::lock_guard hold(mutex_);
    told_.erase(place);
  }

  static std::shared_ptr<Hub> Of(const std::string& path) {
    // Never freed: threads may outlive main().
    // A child that was forked has no thread of its parent's.
    static auto& hubs =
        *new std::map<std::pair<pid_t, std::string>, std::weak_ptr<Hub>>;
    const ProcessTablesLock hold;
    std::weak_ptr<Hub>& place = hubs[{getpid(), path}];
    std::shared_ptr<Hub> hub = place.lock();
    if (!hub) place = hub = std::make_shared<Hub>(path);
    return hub;
  }

 private:
  std::mutex mutex_;
  std::list<std::function<void()>> told_;
  BadblocksWatch watch_;  // last: it stops before what it uses is gone
};

BadblocksSubscription::BadblocksSubscription(const std::string& path,
                                             std::function<void()> on_change)
    : hub_(Hub::Of(path)), place_(hub_->Add(std::move(on_change))) {}

BadblocksSubscription::~BadblocksSubscription() { hub_->Remove(place_); }

}  // namespace daxmend
