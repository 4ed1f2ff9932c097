// SPDX-License-Identifier: GPL-2.0-only
//
// The emulated CXL memory of one guest: devices of our own (memory_device.h),
// each a server for QEMU, whose bytes are a part of the guest's RAM. A write
// of the device to its media, as clearing poison is one, goes to that RAM.
//
// The device at root port n is the nth of an interleaved region; `daxmend vm`
// makes it so.
//
// Not thread-safe; the devices have threads of their own.

#ifndef DAXMEND_MACHINE_CXL_CXL_MEMORY_H_
#define DAXMEND_MACHINE_CXL_CXL_MEMORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/cxl/cedt.h"
#include "machine/cxl/memory_commands.h"
#include "machine/error_table.h"

namespace daxmend {

// Serial numbers of the devices begin here.
inline constexpr uint64_t kFirstCxlSerial = 0xda000001;

// Where the devices' window is for `nvdimm`, whose bus is kCxl.
CxlWindow OwnCxlWindow(const NvdimmParameters& nvdimm);

class CxlMemory {
 public:
  // `ram`: the guest's RAM, a file whose first bytes are those at address 0.
  // Throws Error.
  CxlMemory(const NvdimmParameters& nvdimm, int ram, bool interrupts,
            const CxlFaults& faults = {});
  ~CxlMemory();
  CxlMemory(const CxlMemory&) = delete;
  CxlMemory& operator=(const CxlMemory&) = delete;

  // What QEMU inherits, and connects to.
  std::vector<int> descriptors() const;
  std::vector<std::string> sockets() const;

 private:
  struct Device;
  class Media;
  std::unique_ptr<Media> media_;
  std::vector<std::unique_ptr<Device>> devices_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_CXL_MEMORY_H_
