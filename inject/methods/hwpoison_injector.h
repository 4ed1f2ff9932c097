// SPDX-License-Identifier: GPL-2.0-only
//
// Poison as processes meet it that have the file mapped: MADV_HWPOISON on a
// mapping of our own makes the kernel treat the page as it would after a
// machine check (mm/memory-failure.c, memory_failure_dev_pagemap): it unmaps
// the page everywhere and sends SIGBUS to whoever had it mapped and asked to be
// told early (PR_MCE_KILL_EARLY of prctl(2), vm.memory_failure_early_kill). The
// media stays good and is not listed: the next access of a DAX page maps it
// again, and system calls never notice (seen on Linux 6.1 and 6.12;
// CONFIG_MEMORY_FAILURE). What is left is a mark on the kernel's struct page.
//
// The mark goes away when the driver clears poison there (drivers/nvdimm/
// pmem.c, pmem_mkpage_present, Linux 6.1), not by hwpoison-inject's unpoison-
// pfn, which refuses device memory with EIO. What stays until a reboot is the
// count in /proc/meminfo, HardwareCorrupted.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_HWPOISON_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_HWPOISON_INJECTOR_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "device/device_media.h"
#include "device/injector.h"
#include "inject/methods/badblocks_injector.h"
#include "inject/methods/method.h"
#include "inject/undo/unlist.h"
#include "records/injection_record.h"
#include "system/file_descriptor.h"

namespace daxmend {

class HwpoisonInjector : public Injector {
 public:
  // To inject into pages of the open file `file`; `located` says which sectors
  // they are. With `unlisting`, which outlives this, Uninject loses no store.
  HwpoisonInjector(const std::string& disk, Unlisting* unlisting, int file,
                   std::vector<PoisonedRange> located);
  // To uninject only.
  HwpoisonInjector(const std::string& disk, Unlisting* unlisting)
      : disk_(disk), unlisting_(unlisting) {}
  ~HwpoisonInjector() override;

  std::string_view name() const override { return "hwpoison"; }
  bool Lists() const override { return false; }
  // The whole pages that `sectors` lie in. Throws Error where that page is
  // listed as bad already: nobody can map it.
  void Inject(UnitRange sectors, bool notify) override;
  // A page with a bad sector cannot be mapped any more.
  uint64_t SectorsAtOnce() const override { return kPageBytes / kSectorBytes; }
  // Has the driver clear the mark: lists one sector of each page and takes the
  // page off the list again. Where that cannot be done without a change, it
  // writes back what the sector held, and a store by another process between
  // reading and writing, some microseconds, is lost.
  void Uninject(UnitRange sectors) override;
  // What this object injected: the mark cannot be read from user space.
  std::vector<UnitRange> Injected() override { return injected_; }
  void StartScrub() override {}
  void WaitForScrub() override {}

  // The two halves of Inject: map the pages while they still can be mapped, and
  // mark all that are.
  void Map(UnitRange sectors);
  void MarkMapped();

 private:
  std::string disk_;
  Unlisting* unlisting_ = nullptr;
  FileDescriptor file_;
  std::vector<PoisonedRange> located_;
  std::vector<UnitRange> injected_;  // normalized
  std::set<void*> mapped_;           // one page each
  std::set<uint64_t> pages_;         // file offsets that were mapped
};

InjectionMethod HwpoisonMethod();
// What that makes.
std::unique_ptr<HwpoisonInjector> MakeHwpoison(const MethodRequest& request);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_HWPOISON_INJECTOR_H_
