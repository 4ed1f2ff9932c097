// SPDX-License-Identifier: GPL-2.0-only

#include "device/firmware_clearing.h"

#include <cerrno>

#include "core/error.h"
#include "device/devices.h"

namespace daxmend {
namespace {

class FirmwareClearing : public ErrorClearing {
 public:
  explicit FirmwareClearing(const BlockDevice& device)
      : first_byte_(device.start_sector * kSectorBytes) {
    try {
      device_ = DeviceOfDisk(device.disk);
    } catch (const Error& e) {
      reason_ = e.what();
    }
  }

  int64_t Clear(DeviceRange bad) override {
    if (!device_) return -EOPNOTSUPP;
    const uint64_t begin = device_->media().begin + first_byte_ + bad.begin;
    return device_->ClearErrors(SpaRange::OfLength(begin, bad.length()),
                                &reason_);
  }

  std::string reason() const override { return reason_; }

 private:
  const uint64_t first_byte_;  // of the partition, on its disk
  std::unique_ptr<PoisonDevice> device_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<ErrorClearing> FirmwareClearingOf(const BlockDevice& device) {
  return std::make_unique<FirmwareClearing>(device);
}

}  // namespace daxmend
