// SPDX-License-Identifier: GPL-2.0-only
//
// Poison by the machine-check handler's way: a simulated uncorrected memory
// error (mce-inject, arch/x86/kernel/cpu/mce/inject.c) goes through the
// kernel's machine-check decoders to the NVDIMM driver, which adds it to the
// lists of bad sectors (drivers/acpi/nfit/mce.c, nfit_handle_mce; Linux 4.8).
// The media stays good. Processors of Intel and Zhaoxin, and memory that an
// NFIT describes, only: the driver looks at no others.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_MCE_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_MCE_INJECTOR_H_

#include <memory>
#include <string>

#include "device/device_media.h"
#include "inject/methods/badblocks_injector.h"
#include "inject/methods/method.h"

namespace daxmend {

inline constexpr char kMceInjectDirectory[] = "/sys/kernel/debug/mce-inject";

class MceInjector : public Injector {
 public:
  // `media`: the physical addresses of the disk's bytes. `list`: its list of
  // bad sectors. `disk`: its sectors. `directory`: where the module takes its
  // orders.
  MceInjector(SpaRange media, std::string list,
              std::unique_ptr<DeviceMedia> disk,
              std::string directory = kMceInjectDirectory);

  std::string_view name() const override { return "mce"; }
  // One machine check a sector, each waited for until the list has it: the
  // kernel's queue holds some sixty and drops the rest (mce/genpool.c). Throws
  // Error when the kernel does not list one within two seconds, nor changed its
  // list meanwhile, as it does when somebody repairs the sector at once.
  void Inject(UnitRange sectors, bool notify) override;
  // Nothing, as for badblocks: only a write that repairs takes it back.
  void Uninject(UnitRange) override {}
  std::vector<UnitRange> Injected() override { return list_.Injected(); }
  void StartScrub() override {}
  void WaitForScrub() override {}

 private:
  void Raise(uint64_t address);
  void Order(const char* file, const std::string& value);

  SpaRange media_;
  std::string path_;
  BadblocksInjector list_;
  std::unique_ptr<DeviceMedia> disk_;
  std::string directory_;
};

InjectionMethod MceMethod();

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_MCE_INJECTOR_H_
