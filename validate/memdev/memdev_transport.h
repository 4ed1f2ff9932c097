// SPDX-License-Identifier: GPL-2.0-only
//
// The seam between the checks and a CXL memory device, asked in one of two
// ways: through the stock kernel, whose driver has it (kernel_memdev.h), or by
// our own mailbox code, when none has (direct_memdev.h).
//
// Times are of a clock that only has to go forward, so that a test can bring
// its own. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_TRANSPORT_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_TRANSPORT_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "validate/memdev/mailbox.h"
#include "validate/memdev/poison_payload.h"

namespace daxmend {

// What sysfs says of the device while a driver has it.
struct MemdevFacts {
  std::string name;      // "mem0"
  std::string firmware;  // its revision
  uint64_t serial = 0;
  uint64_t volatile_bytes = 0, persistent_bytes = 0;
  uint64_t payload_bytes = 0;
  uint64_t label_bytes = 0;
  // How many records it can list without harm (device/cxl/memdev_poison.h).
  uint64_t most_records = UINT64_MAX;
  // QEMU's own device ends the whole machine when it is asked for labels whose
  // range wraps (hw/mem/cxl_type3.c, validate_lsa_access, QEMU 11.1).
  bool ends_at_wrapped_labels = false;
  uint64_t bytes() const { return volatile_bytes + persistent_bytes; }
};

// A device's list as the kernel reads it.
struct KernelList {
  std::vector<MediaRecord> records;
  bool lost = false;  // some, on their way from the kernel to us
  bool full = false;  // as many as the kernel reads: there may be more
};

// What only the kernel's driver can tell.
class KernelView {
 public:
  virtual ~KernelView() = default;
  virtual KernelList List() = 0;
  // DPAs that the device has reported by events since the last call.
  virtual std::vector<uint64_t> Reported() = 0;
  // Whether the device interrupts when it has something to report.
  virtual bool Interrupts() = 0;
  // Bits of the kernel's that stay once it has warned or oopsed
  // (Documentation/admin-guide/tainted-kernels.rst).
  virtual uint64_t Taint() = 0;
};

class MemdevTransport {
 public:
  virtual ~MemdevTransport() = default;

  virtual const MemdevFacts& facts() const = 0;
  // What the kernel does not pass on has the error ENOTTY, and EBUSY what its
  // driver keeps to itself. Throws Error when the device has gone away.
  virtual MailboxAnswer Send(MemdevCommand command, std::string_view in) = 0;
  // Whether a command that changes something will be passed on.
  virtual bool CanTell(MemdevCommand) const { return true; }
  // One of the two.
  virtual Mailbox* mailbox() { return nullptr; }
  virtual KernelView* kernel() { return nullptr; }

  virtual std::chrono::nanoseconds Now() = 0;
  virtual void Sleep(std::chrono::milliseconds time) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_TRANSPORT_H_
