// SPDX-License-Identifier: GPL-2.0-only
//
// How poison is injected and uninjected: the seam between what to poison and
// the firmware or kernel interface that does it.
//
// Sectors are units of the device that the injector was made for
// (device_units.h): 512-byte sectors of the whole disk, where that is
// /dev/pmemN. Not thread-safe.

#ifndef DAXMEND_DEVICE_INJECTOR_H_
#define DAXMEND_DEVICE_INJECTOR_H_

#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

class Injector {
 public:
  virtual ~Injector() = default;

  // The name users choose it by and inject.json records ("ndctl").
  virtual std::string_view name() const = 0;

  // Whether the kernel lists what this injects.
  virtual bool Lists() const { return true; }
  // Whether Injected() knows of poison that another object injected.
  virtual bool KnowsInjected() const { return Lists(); }
  // Where one sector is bad, it cannot inject into the others of the same
  // so many, aligned.
  virtual uint64_t SectorsAtOnce() const { return 1; }

  // Poisons `sectors`. The firmware notifies the kernel when
  // `notify` is set; a caller that injects many ranges asks that of the last,
  // so that the kernel scrubs once. Throws Error when the firmware refuses;
  // part of the range may be poisoned then.
  virtual void Inject(UnitRange sectors, bool notify) = 0;
  // Called once when the kernel lists all that was injected, or at once by a
  // caller that does not wait.
  virtual void AfterListing() {}

  // Takes poison back where it was injected and not yet repaired; sectors that
  // are not poisoned stay as they are. The kernel's list is not changed by it.
  virtual void Uninject(UnitRange sectors) = 0;

  // What is injected and not repaired, as the firmware tells it, normalized.
  virtual std::vector<UnitRange> Injected() = 0;

  // Asks the kernel to look for poison now.
  virtual void StartScrub() = 0;
  // Returns when no scrub is running.
  virtual void WaitForScrub() = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_INJECTOR_H_
