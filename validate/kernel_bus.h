// SPDX-License-Identifier: GPL-2.0-only
//
// A FirmwareBus that is there: ND_CMD_CALL and ND_CMD_CLEAR_ERROR on
// /dev/ndctlN (linux/ndctl.h; libndctl has no call for a payload of one's own
// making), sysfs and the NFIT in /sys/firmware.
//
// What Linux does not let through (6.1, drivers/acpi/nfit/core.c,
// acpi_nfit_ctl and acpi_nfit_init_dsms): function 0; functions other than 1 to
// 5 and 7 to 9, or that function 0 does not advertise; another revision than 1;
// another UUID. Function 4 is asked by its own command, because as a call it
// is refused wherever a namespace is enabled (drivers/nvdimm/bus.c,
// nd_cmd_clear_to_send); that command passes on the fields of the answer that
// are there whole, and not its size.

#ifndef DAXMEND_VALIDATE_KERNEL_BUS_H_
#define DAXMEND_VALIDATE_KERNEL_BUS_H_

#include "system/file_descriptor.h"
#include "validate/firmware_bus.h"

namespace daxmend {

class KernelBus : public FirmwareBus {
 public:
  // `bus`: "ndbus0", or a provider's name when only one bus has it. Throws
  // Error when there is none, or it has no NFIT firmware to ask.
  explicit KernelBus(const std::string& bus);

  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return provider_; }
  uint64_t Functions() override;
  Answer Call(Function function, std::string_view input,
              uint32_t room) override;
  std::string Nfit() override;
  std::vector<SpaRange> Regions() override;
  std::vector<SpaRange> BadRanges() override;
  ScrubState Scrub() override;
  void StartScrub() override;
  std::chrono::nanoseconds Now() override;
  void Sleep(std::chrono::milliseconds time) override;

 private:
  // The regions by name ("region0"), ascending.
  std::vector<std::string> RegionNames() const;
  SpaRange Region(const std::string& name) const;
  std::string Attribute(const std::string& name) const;
  // Not where firmware does not advertise functions 1 to 3 (nfit.ko,
  // ars_supported); true when the bus has gone away, for others to find.
  bool KernelScrubs() const;
  Answer ClearError(std::string_view input);
  // Sends `command` with `buffer`; returns what ioctl(2) did, or -errno.
  int Send(unsigned long command, std::string& buffer);

  std::string name_;
  std::string sysfs_;  // "/sys/bus/nd/devices/ndbus0"
  std::string provider_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_KERNEL_BUS_H_
