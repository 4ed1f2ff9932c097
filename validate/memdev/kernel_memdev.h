// SPDX-License-Identifier: GPL-2.0-only
//
// A memory device asked through the stock kernel, whose driver has it:
//
//   /dev/cxl/memN   ioctls that pass commands on
//                   (include/uapi/linux/cxl_mem.h)
//   debugfs         poison in and out (Documentation/ABI/testing/debugfs-cxl)
//   tracefs         its list, and what it reports
//   sysfs           what the kernel has understood
//
// Raw commands, which some kernels take, are not sent: they taint the kernel.
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_KERNEL_MEMDEV_H_
#define DAXMEND_VALIDATE_MEMDEV_KERNEL_MEMDEV_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "device/cxl/poison_feed.h"
#include "system/file_descriptor.h"
#include "validate/memdev/memdev_transport.h"

namespace daxmend {

// The device of that name ("mem0") or serial number ("0xda000001"). Throws
// Error where there is none, or several have that number.
MemdevFacts FindMemdev(const std::string& wanted);

class KernelMemdev : public MemdevTransport, public KernelView {
 public:
  // Throws Error.
  explicit KernelMemdev(MemdevFacts facts);

  const MemdevFacts& facts() const override { return facts_; }
  MailboxAnswer Send(MemdevCommand command, std::string_view in) override;
  bool CanTell(MemdevCommand command) const override;
  KernelView* kernel() override { return this; }
  std::chrono::nanoseconds Now() override;
  void Sleep(std::chrono::milliseconds time) override;

  KernelList List() override;
  std::vector<uint64_t> Reported() override;
  bool Interrupts() override;
  uint64_t Taint() override;

 private:
  MailboxAnswer Poison(MemdevCommand command, std::string_view in);
  void RequireThere() const;
  CxlTrace& Trace();
  // Keeps what the device has reported; returns the rest.
  std::vector<CxlTraceLine> TakeLines();

  const MemdevFacts facts_;
  FileDescriptor fd_;
  std::set<uint32_t> passed_;  // ids of commands that the kernel passes on
  std::set<uint32_t> free_;    // and does not keep to its drivers
  std::unique_ptr<CxlTrace> trace_;
  std::vector<uint64_t> reported_;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_KERNEL_MEMDEV_H_
