// SPDX-License-Identifier: GPL-2.0-only
//
// Tells when the kernel changes a disk's list of bad sectors, without being
// asked: a thread sleeps in epoll_wait(2) on the list until the driver
// announces a change (nd_pmem: nd_pmem_notify after a scrub, pmem_clear_bb
// after a repair; both end in sysfs_notify_dirent, drivers/nvdimm/pmem.c,
// Linux 4.11).
//
//   BadblocksWatch watch(device, [&] { dirty.store(true); });
//
// Made for programs that count instructions: the thread gives up its share of
// the process's table of open files, so that the kernel's single-threaded short
// cut for file descriptors (__fget_light) stays open to the others, and never
// reads the list, which the kernel would print for it. Of the process's
// descriptors a watch takes one.

#ifndef DAXMEND_SYSTEM_BADBLOCKS_WATCH_H_
#define DAXMEND_SYSTEM_BADBLOCKS_WATCH_H_

#include <functional>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "system/file_descriptor.h"

namespace daxmend {

class BadblocksWatch {
 public:
  // Watches the list at `path` ("/sys/block/pmem0/badblocks"; for tests any
  // file that poll takes). `on_change` runs in the watching thread, once for
  // one or more changes; it must not throw. Once the constructor has returned,
  // no change is missed. Throws Error when the list cannot be opened.
  BadblocksWatch(const std::string& path, std::function<void()> on_change);
  // Stops the thread; `on_change` does not run afterwards.
  ~BadblocksWatch();
  BadblocksWatch(const BadblocksWatch&) = delete;
  BadblocksWatch& operator=(const BadblocksWatch&) = delete;

 private:
  // The thread. What it watches is open in its own table only.
  static void Watch(const std::string& path, int stop,
                    const std::function<void()>& on_change,
                    std::promise<void> watching);

  FileDescriptor stop_;  // an eventfd
  std::thread thread_;
};

// The same for many at once: those of a process that watch one list share a
// thread and its descriptors.
class BadblocksSubscription {
 public:
  // As BadblocksWatch.
  BadblocksSubscription(const std::string& path,
                        std::function<void()> on_change);
  ~BadblocksSubscription();

  BadblocksSubscription(const BadblocksSubscription&) = delete;
  BadblocksSubscription& operator=(const BadblocksSubscription&) = delete;

 private:
  class Hub;
  std::shared_ptr<Hub> hub_;
  std::list<std::function<void()>>::iterator place_;
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_BADBLOCKS_WATCH_H_
