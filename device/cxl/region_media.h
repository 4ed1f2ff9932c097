// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a CXL region behind /dev/pmemN and its list of bad lines.
//
// A line is made good by clearing it, which leaves zeros, and storing its
// bytes. A store of 64 bytes wants a file: of a block device only sectors can
// be written, and between reading one and writing it somebody else may have
// changed its other lines. So whoever knows the files gives them (LineStore),
// and sectors are written where there is none. Device-dax takes lines.
//
// Not thread-safe.

#ifndef DAXMEND_DEVICE_CXL_REGION_MEDIA_H_
#define DAXMEND_DEVICE_CXL_REGION_MEDIA_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/cxl/poison_feed.h"
#include "device/dax/dax_media.h"
#include "device/device_list.h"
#include "device/device_media.h"
#include "device/disk_media.h"

namespace daxmend {

// A part of a region: what /dev/pmemN shows, or /dev/daxN.M.
struct CxlPart {
  std::string region;   // "region0"
  std::string disk;     // "pmem0"
  uint64_t begin = 0;   // offset in the region
  uint64_t length = 0;  // bytes
};

class CxlRegionMedia : public DeviceMedia {
 public:
  // Throws Error.
  CxlRegionMedia(CxlPart part, const CxlAddressMap& map, CxlPlaces places,
                 bool exclusive);

  DeviceUnits units() const override;
  std::string Read(UnitRange lines) override;
  void Write(UnitRange lines, std::string_view content) override;
  bool Readable(UnitRange lines) override;
  PoisonView Poison() override;
  int descriptor() const override { return feed_->descriptor(); }
  void RequireRoom(const std::vector<UnitRange>& lines) override;
  // Emulated devices do; on hardware nobody should load from such a line.
  bool ReadsBelowPoison() const override { return emulated_; }
  void AskAgain() override { feed_->AskAgain(); }
  std::vector<DeviceReport> TakeReports() override;
  void StoreBy(LineStore* store) override { store_ = store; }

 private:
  void Clear(uint64_t line);
  void Store(UnitRange lines, std::string_view content);

  const CxlPart part_;
  const CxlPlaces places_;
  const std::shared_ptr<CxlPoisonFeed> feed_;
  // Of its bytes: its disk, or the device-dax in its place.
  std::optional<DiskMedia> disk_;
  std::optional<DaxBytes> dax_;
  bool emulated_ = true;
  LineStore* store_ = nullptr;
};

// "CXL, 2 ways of 256 bytes, devices 'daxmend 1'; poison known by the devices'
// lists of 64-byte lines".
std::string DescribeCxlMemory(const CxlAddressMap& map,
                              const CxlPlaces& places);

class CxlRegionList : public DeviceList {
 public:
  CxlRegionList(CxlPart part, const CxlAddressMap& map, const CxlPlaces& places)
      : part_(std::move(part)),
        memory_(DescribeCxlMemory(map, places)),
        feed_(map, OpenCxlTrace(places)) {}
  uint64_t unit_bytes() const override { return kLineBytes; }
  std::string memory() const override { return memory_; }
  const std::vector<DeviceRange>& Now() override;
  void AskAgain() override { feed_.AskAgain(); }
  int descriptor() const override { return feed_.descriptor(); }

 private:
  const CxlPart part_;
  const std::string memory_;
  CxlPoisonFeed feed_;
  bool read_ = false;
  uint64_t generation_ = 0;  // of what `bad_` is
  std::vector<DeviceRange> bad_;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_REGION_MEDIA_H_
