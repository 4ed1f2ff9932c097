// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a device-dax device, by loads and stores that survive poison,
// and its region's list. A store clears nothing there: what is listed is
// cleared by its firmware first (ND_CMD_CLEAR_ERROR), and stored then.
//
// Not thread-safe.

#ifndef DAXMEND_DEVICE_DAX_DAX_MEDIA_H_
#define DAXMEND_DEVICE_DAX_DAX_MEDIA_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "copy/mapped_file.h"
#include "device/dax/dax_node.h"
#include "device/dax/region_badblocks.h"
#include "device/device.h"
#include "device/device_list.h"
#include "device/device_media.h"
#include "device/device_units.h"

namespace daxmend {

// Sectors, each made good by itself.
inline constexpr DeviceUnits kDaxUnits{.error_bytes = kSectorBytes,
                                       .repair_bytes = kSectorBytes,
                                       .name = "sector"};

// All of the device that can be mapped, as bytes.
class DaxBytes {
 public:
  // Mapped when it is needed: who only asks for the list need not be able to.
  explicit DaxBytes(DaxNode node) : node_(std::move(node)) {}

  const DaxNode& node() const { return node_; }
  // Throw Error; of EIO where a load meets poison.
  std::string Read(DeviceRange range);
  void Write(DeviceRange range, std::string_view content);
  // Can all of it be loaded?
  bool Readable(DeviceRange range);

 private:
  const MappedFile& Mapped(DeviceRange range);

  const DaxNode node_;
  std::unique_ptr<MappedFile> mapped_;
};

class DaxMedia : public DeviceMedia {
 public:
  // `device` is the same, to clear errors by.
  DaxMedia(DaxNode node, RegionBadblocks list,
           std::unique_ptr<PoisonDevice> device, uint64_t clear_unit)
      : bytes_(std::move(node)),
        list_(std::move(list)),
        device_(std::move(device)),
        clear_unit_(clear_unit) {}

  DeviceUnits units() const override { return kDaxUnits; }
  std::string Read(UnitRange sectors) override;
  void Write(UnitRange sectors, std::string_view content) override;
  bool Readable(UnitRange sectors) override;
  PoisonView Poison() override;
  int descriptor() const override { return list_.descriptor(); }
  void RequireRoom(const std::vector<UnitRange>& sectors) override {
    list_.RequireRoom(sectors);
  }

 private:
  void Clear(UnitRange bad);

  DaxBytes bytes_;
  RegionBadblocks list_;
  const std::unique_ptr<PoisonDevice> device_;
  // Firmware clears so many bytes at once, at least; 0: not known.
  const uint64_t clear_unit_;
};

class DaxList : public DeviceList {
 public:
  DaxList(RegionBadblocks list, std::string memory)
      : list_(std::move(list)), memory_(std::move(memory)) {}
  uint64_t unit_bytes() const override { return kSectorBytes; }
  std::string memory() const override { return memory_; }
  const std::vector<DeviceRange>& Now() override;
  bool cut() const override { return cut_; }
  int descriptor() const override { return list_.descriptor(); }
  std::vector<int> descriptors() const override { return list_.descriptors(); }

 private:
  RegionBadblocks list_;
  const std::string memory_;
  std::vector<DeviceRange> bad_;
  bool cut_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DAX_DAX_MEDIA_H_
