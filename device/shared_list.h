// SPDX-License-Identifier: GPL-2.0-only
//
// One DeviceList a process and disk, for all of its threads and files, and a
// thread that tells them when it changes. Listing a device takes a mailbox
// command and a trace instance; a thousand jobs need one of each.
//
// Thread-safe. A child that was forked makes its own.

#ifndef DAXMEND_DEVICE_SHARED_LIST_H_
#define DAXMEND_DEVICE_SHARED_LIST_H_

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/range.h"
#include "device/device_list.h"
#include "system/file_descriptor.h"

namespace daxmend {

class SharedDeviceList {
 public:
  // The list of `disk` ("pmem0"); null where the kernel keeps it. Throws Error.
  static std::shared_ptr<SharedDeviceList> Of(const std::string& disk);

  // For Of(), and for tests.
  explicit SharedDeviceList(std::unique_ptr<DeviceList> list);
  ~SharedDeviceList();
  SharedDeviceList(const SharedDeviceList&) = delete;
  SharedDeviceList& operator=(const SharedDeviceList&) = delete;

  uint64_t unit_bytes() const { return unit_bytes_; }
  const std::string& memory() const { return memory_; }

  // Where what is bad now is not what `*generation` stands for (0: nothing
  // yet), copies it to *bad and returns true. Throws Error.
  bool Update(uint64_t* generation, std::vector<DeviceRange>* bad);

  // Is there more on the list than it shows? As of the last Update().
  bool Cut();

  // Has the next Update() ask the device itself, whatever it was told.
  void AskAgain();

  // `tell` is called, by any thread, when the list has changed, until this is
  // gone. It must not throw, nor call the list.
  class Subscription {
   public:
    Subscription(std::shared_ptr<SharedDeviceList> list,
                 std::function<void()> tell);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    std::shared_ptr<SharedDeviceList> list_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  // With mutex_ held: looks, and tells of what is new.
  void Look();
  // The thread, which is there once somebody has subscribed: who never recovers
  // has none.
  void StartWatching();
  void Watch();

  const std::unique_ptr<DeviceList> list_;
  const uint64_t unit_bytes_;
  const std::string memory_;
  std::mutex mutex_;
  std::vector<DeviceRange> bad_;
  uint64_t generation_ = 0;
  std::list<std::function<void()>> told_;
  FileDescriptor stop_;  // an eventfd
  std::thread thread_;   // last: it stops before what it uses is gone
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_SHARED_LIST_H_
