// SPDX-License-Identifier: GPL-2.0-only
//
// Poison by the lists that devices keep themselves, where the kernel has none.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWN_LIST_H_
#define DAXMEND_INJECT_OWN_LIST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/devices.h"
#include "inject/poison_list.h"
#include "system/block_device.h"

namespace daxmend {

// A device that lists its poison itself, and its view.
struct OwnList {
  std::unique_ptr<PoisonDevice> device;
  PoisonView view;
  uint64_t unit() const { return device->units().error_bytes; }
};

// None where the kernel keeps the list of `disk`. Throws Error.
std::optional<OwnList> OwnListOf(const std::string& disk);

// `units` of the device's view, each with who says so.
std::vector<PoisonView::Origin> OriginsIn(const PoisonView& view,
                                          UnitRange units);

// What a device without a block device lists. Throws Error.
PoisonListing ListItself(const PoisonDevice& device);

// What a device lists of `device`, which is on its disk, with the owners.
// Throws Error.
PoisonListing ListOwn(const OwnList& own, const BlockDevice& device,
                      bool owners,
                      const std::function<void(const std::string&)>& progress);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWN_LIST_H_
