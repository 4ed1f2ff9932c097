// SPDX-License-Identifier: GPL-2.0-only

#include "inject/own_list.h"

#include <utility>

#include "inject/owners/owners.h"
#include "inject/owners/unit_owners.h"
#include "inject/poison_map.h"

namespace daxmend {
namespace {

ListedPoison OfDevice(const OwnList& own, const PoisonView::Origin& part) {
  const uint64_t unit = own.unit();
  return {.disk = own.device->disk(),
          .sectors = part.units,
          .spa = SpaOfSectors(own.device->media(), part.units, unit),
          .unit_bytes = unit,
          .listed_by = std::string(own.device->ListedBy()),
          .source = part.source,
          .flags = part.flags};
}

}  // namespace

std::optional<OwnList> OwnListOf(const std::string& disk) {
  OwnList own;
  own.device = FindDeviceOfDisk(disk);
  if (!own.device || own.device->KeepsBadblocks()) return std::nullopt;
  own.view = own.device->OpenMedia(false)->Poison();
  return own;
}

std::vector<PoisonView::Origin> OriginsIn(const PoisonView& view,
                                          UnitRange units) {
  std::vector<PoisonView::Origin> parts;
  for (const PoisonView::Origin& origin : view.origins)
    if (const UnitRange both = Intersect(units, origin.units); !both.empty())
      parts.push_back({both, origin.source, origin.flags});
  if (parts.empty()) parts.push_back({units, "", ""});
  return parts;
}

PoisonListing ListItself(const PoisonDevice& device) {
  const OwnList own = *OwnListOf(device.disk());
  PoisonListing listing{.poison = {}, .cut = own.view.cut};
  for (UnitRange r : own.view.units)
    for (const PoisonView::Origin& part : OriginsIn(own.view, r)) {
      listing.poison.push_back(OfDevice(own, part));
      ListedPoison& one = listing.poison.back();
      // Its own offsets are all that it has.
      one.owner = {.kind = Owner::Kind::kNamespace, .path = device.label()};
      one.file = FileRange::OfLength(part.units.begin * own.unit(),
                                     part.units.length() * own.unit());
    }
  return listing;
}

PoisonListing ListOwn(const OwnList& own, const BlockDevice& device,
                      bool owners,
                      const std::function<void(const std::string&)>& progress) {
  PoisonListing listing{.poison = {}, .cut = own.view.cut};
  const uint64_t unit = own.unit();
  std::vector<SectorRange> sectors;
  for (UnitRange r : own.view.units)
    sectors.push_back(
        OnDisk(device, CoveringSectors(BytesOnDevice(device, r, unit))));
  std::vector<SectorOwner> owned;
  if (owners && !sectors.empty())
    owned = FindOwners(device.disk, Normalize(std::move(sectors)), progress);
  for (UnitRange r : own.view.units) {
    if (BytesOnDevice(device, r, unit).empty()) continue;
    for (const PoisonView::Origin& part : OriginsIn(own.view, r)) {
      const std::vector<SectorOwner> found =
          OwnersOfUnits(owned, part.units, unit);
      for (const SectorOwner& owner : found) {
        ListedPoison piece =
            OfDevice(own, {owner.sectors, part.source, part.flags});
        piece.owner = owner.owner;
        piece.file = owner.file;
        piece.shared = !owner.sharers.empty();
        piece.sharers = owner.sharers;
        listing.poison.push_back(std::move(piece));
      }
      if (found.empty()) listing.poison.push_back(OfDevice(own, part));
    }
  }
  return listing;
}

}  // namespace daxmend
