// SPDX-License-Identifier: GPL-2.0-only
//
// A PCI function as its server (vfio_user.h) sees it: regions of bytes and
// interrupts. Regions have VFIO's numbers: 0 to 5 are the BARs, 7 is the
// configuration space (include/uapi/linux/vfio.h, Linux 6.12).
//
// Not thread-safe: the server's thread calls.

#ifndef DAXMEND_MACHINE_CXL_PCI_FUNCTION_H_
#define DAXMEND_MACHINE_CXL_PCI_FUNCTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace daxmend {

class PciFunction {
 public:
  static constexpr uint32_t kConfigRegion = 7;

  virtual ~PciFunction() = default;

  // 0 where there is none.
  virtual uint64_t RegionBytes(uint32_t region) const = 0;
  // [offset, offset + length) lies inside the region.
  virtual void Read(uint32_t region, uint64_t offset,
                    std::span<std::byte> to) = 0;
  virtual void Write(uint32_t region, uint64_t offset,
                     std::span<const std::byte> from) = 0;
  // As after a reset of the function. What media holds stays.
  virtual void Reset() = 0;

  // Message-signalled interrupts it has.
  virtual uint32_t Interrupts() const = 0;
  // How vector n is raised; empty where the guest does not take it.
  virtual void ConnectInterrupt(uint32_t vector,
                                std::function<void()> raise) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_PCI_FUNCTION_H_
