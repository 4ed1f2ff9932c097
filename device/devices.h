// SPDX-License-Identifier: GPL-2.0-only
//
// All devices with poison, of every kind that there is a room for.
//
// Thread-safe but for AddedDeviceKind, which is for the beginning of a program.

#ifndef DAXMEND_DEVICE_DEVICES_H_
#define DAXMEND_DEVICE_DEVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "device/device_region.h"

namespace daxmend {

// One kind of device.
class DeviceKind {
 public:
  virtual ~DeviceKind() = default;
  // Null when it is of another kind, or nowhere.
  virtual std::unique_ptr<PoisonDevice> OfDisk(
      const std::string& disk) const = 0;
  virtual std::unique_ptr<PoisonDevice> OfUuid(
      const std::string& uuid) const = 0;
  // The device whose node `path` is, where that is no block device
  // (device-dax); null otherwise.
  virtual std::unique_ptr<PoisonDevice> OfNode(const std::string&) const {
    return nullptr;
  }
  // The names under /dev of all there are.
  virtual std::vector<std::string> Disks() const = 0;
  // What they are parts of, for what is listed there and on no disk.
  virtual std::vector<DeviceRegion> Regions() const { return {}; }
};

// The device of this name ("pmem0"); null when no kind has it. Throws Error
// where it is of a kind, and cannot be looked at.
std::unique_ptr<PoisonDevice> FindDeviceOfDisk(const std::string& disk);
// The same; throws Error when no kind has it, too.
std::unique_ptr<PoisonDevice> DeviceOfDisk(const std::string& disk);
// The device with this uuid, wherever it is now; null when there is none.
std::unique_ptr<PoisonDevice> DeviceOfUuid(const std::string& uuid);
// The device whose node `path` is; null for block devices and files.
std::unique_ptr<PoisonDevice> DeviceOfNode(const std::string& path);
// Of all kinds.
std::vector<std::string> DeviceDisks();
std::vector<DeviceRegion> DeviceRegions();

// Another kind, asked first while this lives: for tests, with a device of their
// own.
class AddedDeviceKind {
 public:
  explicit AddedDeviceKind(const DeviceKind& kind);
  ~AddedDeviceKind();
  AddedDeviceKind(const AddedDeviceKind&) = delete;
  AddedDeviceKind& operator=(const AddedDeviceKind&) = delete;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICES_H_
