// SPDX-License-Identifier: GPL-2.0-only
//
// A device with poison, as the rest of the house sees it: who it is, where its
// bytes are, in which units errors come and go, and what can be asked of it.
// NVDIMM namespaces are one kind (nvdimm_namespace.h); devices.h has all kinds.
//
//   std::unique_ptr<PoisonDevice> device = DeviceOfDisk("pmem0");
//   std::unique_ptr<DeviceMedia> media = device->OpenMedia(false);
//   for (UnitRange bad : media->Poison().units) ...
//
// Not thread-safe: one object a thread.

#ifndef DAXMEND_DEVICE_DEVICE_H_
#define DAXMEND_DEVICE_DEVICE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/range.h"
#include "device/device_list.h"
#include "device/device_media.h"
#include "device/device_units.h"
#include "device/injector.h"

namespace daxmend {

class PoisonDevice {
 public:
  virtual ~PoisonDevice() = default;

  // Identity.

  // Its name under /dev: "pmem0", "dax0.0".
  virtual const std::string& disk() const = 0;
  // What people call it: "namespace0.0 on ndbus0".
  virtual std::string label() const = 0;
  // "ndbus0", and who is behind that: "ACPI.NFIT", "e820", "virtio-pmem".
  virtual const std::string& bus() const = 0;
  virtual const std::string& provider() const = 0;
  // Finds it again under another name. Never empty.
  virtual const std::string& uuid() const = 0;

  // Address map.

  virtual DeviceUnits units() const = 0;
  // The physical addresses of the bytes that have the name under /dev: byte n
  // of that is byte n of this.
  virtual SpaRange media() const = 0;

  // What it can.

  // Whether the kernel keeps a list of its bad sectors (badblocks), which
  // system calls and page faults believe.
  virtual bool KeepsBadblocks() const = 0;
  // Who keeps the list that there is: "kernel", or the "device" itself.
  virtual std::string_view ListedBy() const {
    return KeepsBadblocks() ? "kernel" : "device";
  }
  // Whether its own injector (OwnInjector) can inject.
  virtual bool CanInject() const = 0;
  // Whether a write can make a poisoned unit good again.
  virtual bool CanClear() const = 0;
  // Whether injecting and clearing leave the bytes of the media alone.
  virtual bool ClearingKeepsBytes() const = 0;
  // Whether its bytes can be read, so that undo can give them back.
  virtual bool KeepsItsBytes() const { return true; }
  // Whether the kernel hears of new poison by itself. Otherwise it learns of it
  // from who meets it, or from who writes it into the list.
  virtual bool Notifies() const = 0;
  // Whether all that changes it needs CAP_SYS_ADMIN.
  virtual bool NeedsAdmin() const { return true; }

  // What it does.

  // The name of its own injector ("ndctl"), and that. `saturate`: whole units,
  // and not the least that the firmware can poison of each.
  virtual std::string_view OwnInjectorName() const = 0;
  virtual std::unique_ptr<Injector> OwnInjector(bool saturate) const = 0;
  // Why that can inject, or cannot: "ndbus0 (ACPI.NFIT) has ARS error
  // injection".
  virtual std::string WhyOwnInjector() const = 0;

  // Its bytes, past every cache. With `exclusive` it must not be in use
  // (mounted). Throws Error.
  virtual std::unique_ptr<DeviceMedia> OpenMedia(bool exclusive) const = 0;

  // The list that it keeps itself; null where the kernel does.
  virtual std::unique_ptr<DeviceList> OpenList() const { return nullptr; }

  // Asks the firmware to clear the errors in `bad`. Returns the bytes of `bad`
  // that it says are good now, counted from the beginning, or -errno; does not
  // throw. When that is not all, *why says why. The kernel's list stays as it
  // is.
  virtual int64_t ClearErrors(SpaRange bad, std::string* why) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_H_
