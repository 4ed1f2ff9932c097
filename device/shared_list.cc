// SPDX-License-Identifier: GPL-2.0-only

#include "device/shared_list.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "device/cxl/region_facts.h"
#include "device/dax/dax_node.h"
#include "device/devices.h"
#include "system/own_descriptors.h"
#include "system/process_tables.h"

namespace daxmend {

SharedDeviceList::SharedDeviceList(std::unique_ptr<DeviceList> list)
    : list_(std::move(list)),
      unit_bytes_(list_->unit_bytes()),
      memory_(list_->memory()),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) throw ErrnoError("make an eventfd", errno);
  const std::lock_guard hold(mutex_);
  Look();
}

void SharedDeviceList::StartWatching() {
  if (thread_.joinable()) return;
  // Signals are the business of the threads that were there before.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { Watch(); });
  } catch (const std::system_error& e) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw ErrnoError("start a thread to watch a device's list",
                     e.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SharedDeviceList::~SharedDeviceList() {
  const uint64_t one = 1;
  while (write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  if (thread_.joinable()) thread_.join();
}

void SharedDeviceList::Look() {
  const std::vector<DeviceRange>& now = list_->Now();
  if (generation_ != 0 && now == bad_) return;
  bad_ = now;
  ++generation_;
  for (const std::function<void()>& tell : told_) tell();
}

bool SharedDeviceList::Update(uint64_t* generation,
                              std::vector<DeviceRange>* bad) {
  const std::lock_guard hold(mutex_);
  Look();
  if (*generation == generation_) return false;
  *bad = bad_;
  *generation = generation_;
  return true;
}

bool SharedDeviceList::Cut() {
  const std::lock_guard hold(mutex_);
  return list_->cut();
}

void SharedDeviceList::AskAgain() {
  const std::lock_guard hold(mutex_);
  list_->AskAgain();
}

void SharedDeviceList::Watch() {
  std::vector<int> kept = list_->descriptors();
  kept.push_back(stop_.get());
  KeepOnlyDescriptors(kept);
  for (;;) {
    std::array<pollfd, 2> fds = {
        {{list_->descriptor(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents) return;
    if (fds[0].revents == 0) continue;
    const std::lock_guard hold(mutex_);
    try {
      Look();
    } catch (const std::exception&) {
      // Whoever needs the list next meets the error himself.
      for (const std::function<void()>& tell : told_) tell();
      return;
    }
  }
}

std::shared_ptr<SharedDeviceList> SharedDeviceList::Of(
    const std::string& disk) {
  // Never freed: threads may outlive main().
  static auto& lists = *new std::map<std::pair<pid_t, std::string>,
                                     std::weak_ptr<SharedDeviceList>>;
  static auto& others = *new std::set<std::string>;
  const ProcessTablesLock hold;
  // Of all others the kernel keeps it, and who only does I/O needs no library.
  if (others.contains(disk)) return nullptr;
  if (!IsCxlDisk(disk) && !FindDaxNode(disk)) {
    others.insert(disk);
    return nullptr;
  }
  std::weak_ptr<SharedDeviceList>& place = lists[{getpid(), disk}];
  std::shared_ptr<SharedDeviceList> list = place.lock();
  if (list) return list;
  const auto device = FindDeviceOfDisk(disk);
  auto own = device ? device->OpenList() : nullptr;
  if (!own) return nullptr;
  place = list = std::make_shared<SharedDeviceList>(std::move(own));
  return list;
}

SharedDeviceList::Subscription::Subscription(
    std::shared_ptr<SharedDeviceList> list, std::function<void()> tell)
    : list_(std::move(list)) {
  const std::lock_guard hold(list_->mutex_);
  place_ = list_->told_.insert(list_->told_.end(), std::move(tell));
  list_->StartWatching();
}

SharedDeviceList::Subscription::~Subscription() {
  const std::lock_guard hold(list_->mutex_);
  list_->told_.erase(place_);
}

}  // namespace daxmend
