// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/holders.h"

#include <sys/sysmacros.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <utility>

#include "core/error.h"
#include "system/file_io.h"
#include "system/layers/dm_table.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// All of any disk.
constexpr DeviceRange kAll = {0, uint64_t{1} << 62};

fs::path SysOf(const std::string& name) {
  return fs::path("/sys/class/block") / name;
}

void AddNames(const fs::path& directory, std::vector<std::string>& names) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    names.push_back(entry.path().filename());
}

// Calls `visit` with each device above `disk`, once.
void EachAbove(const std::string& disk, const BlockLayers& layers,
               const std::function<void(const std::string&)>& visit) {
  std::set<std::string> seen;
  std::vector<std::string> waiting = layers.Above(disk);
  while (!waiting.empty()) {
    const std::string name = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(name).second) continue;
    visit(name);
    for (std::string& above : layers.Above(name))
      waiting.push_back(std::move(above));
  }
}

void AddBelow(const std::string& device, const BlockLayers& layers,
              std::set<std::string>& names) {
  for (const std::string& below : layers.Below(device))
    if (names.insert(below).second) AddBelow(below, layers, names);
}

// What of `disk` the device is on; of what cannot be told, all that it may be.
std::vector<DeviceRange> PlacesOf(const std::string& device,
                                  const std::string& disk,
                                  const BlockLayers& layers) {
  std::vector<DeviceRange> places;
  std::vector<std::string> unfollowed = {device};
  if (const std::optional<BlockMap> map = layers.MapOf(device)) {
    places = map->PlacesOn(disk);
    // A "disk" that is made of others itself (md) is not followed by the map.
    unfollowed = map->Disks();
    std::erase(unfollowed, disk);
  } else if (layers.Below(device).empty()) {
    return {kAll};
  }
  for (const std::string& name : unfollowed)
    for (const std::string& below : layers.Below(name))
      for (DeviceRange place : PlacesOf(below, disk, layers))
        places.push_back(place);
  return Normalize(std::move(places));
}

bool Overlap(const std::vector<DeviceRange>& a,
             const std::vector<DeviceRange>& b) {
  for (DeviceRange range : a)
    if (!IntersectAll(range, b).empty()) return true;
  return false;
}

}  // namespace

std::vector<std::string> BlockLayers::Above(const std::string& name) const {
  std::vector<std::string> above;
  AddNames(SysOf(name) / "holders", above);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(SysOf(name), ignored))
    if (fs::exists(entry.path() / "partition", ignored))
      AddNames(entry.path() / "holders", above);
  return above;
}

std::vector<std::string> BlockLayers::Below(const std::string& name) const {
  std::vector<std::string> below;
  AddNames(SysOf(name) / "slaves", below);
  return below;
}

std::optional<BlockMap> BlockLayers::MapOf(const std::string& name) const try {
  unsigned first = 0, second = 0;
  if (std::sscanf(ReadFile(SysOf(name) / "dev").c_str(), "%u:%u", &first,
                  &second) != 2)
    return std::nullopt;
  const dev_t number = makedev(first, second);
  // Of others that are made of devices (md) nothing can be asked.
  if (!IsMapper(number) && !Below(name).empty()) return std::nullopt;
  return BlockMap::Of(number);
} catch (const Error&) {
  return std::nullopt;
}

std::vector<Holder> HoldersOfDisk(const std::string& disk,
                                  const BlockLayers& layers) {
  std::vector<Holder> holders;
  for (const std::string& name : layers.Above(disk))
    holders.push_back({name, PlacesOf(name, disk, layers)});
  return holders;
}

std::vector<std::string> HoldersOf(const std::string& device,
                                   const BlockLayers& layers) {
  std::set<std::string> found, own = {device};
  AddBelow(device, layers, own);
  const std::optional<BlockMap> map = layers.MapOf(device);
  if (!map)
    EachAbove(device, layers,
              [&](const std::string& name) { found.insert(name); });
  for (const std::string& disk :
       map ? map->Disks() : std::vector<std::string>{}) {
    const std::vector<DeviceRange> places = map->PlacesOn(disk);
    EachAbove(disk, layers, [&](const std::string& name) {
      if (!own.contains(name) && Overlap(PlacesOf(name, disk, layers), places))
        found.insert(name);
    });
  }
  return {found.begin(), found.end()};
}

}  // namespace daxmend
