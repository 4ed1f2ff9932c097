// SPDX-License-Identifier: GPL-2.0-only
//
// Poison that only the kernel knows of: an entry in the disk's list of bad
// sectors (block/badblocks.c), which system calls and page faults of fsdax
// believe. The media stays good and no firmware is asked, so it works on every
// disk that has a list: e820 and virtio-pmem, where the kernel takes clearing
// for granted, and NVDIMMs, where a repair sends their firmware a clear-error
// for media that needs none. The list does not outlive a reboot.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_BADBLOCKS_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_BADBLOCKS_INJECTOR_H_

#include <string>

#include "device/injector.h"
#include "inject/methods/method.h"

namespace daxmend {

class BadblocksInjector : public Injector {
 public:
  // `list`: the disk's list, BlockDevice::badblocks_path().
  explicit BadblocksInjector(std::string list) : list_(std::move(list)) {}

  std::string_view name() const override { return "badblocks"; }
  // The list has it at once. Throws Error when the list is full: the kernel
  // keeps 512 entries, touching ones joined.
  void Inject(UnitRange sectors, bool notify) override;
  // Nothing: the kernel has no way to take an entry back but a write that
  // repairs it, which is what UndoEntry does with the bytes that were there.
  void Uninject(UnitRange) override {}
  std::vector<UnitRange> Injected() override;
  void StartScrub() override {}
  void WaitForScrub() override {}

 private:
  std::string list_;
};

InjectionMethod BadblocksMethod();

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_BADBLOCKS_INJECTOR_H_
