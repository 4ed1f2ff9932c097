// SPDX-License-Identifier: GPL-2.0-only

#include "device/btt_layout.h"

#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// Of the info block; BTT 1.1 begins behind the first page of its namespace
// (nd_btt_version).
constexpr uint64_t kInfoBytes = 4096;
constexpr uint64_t kOldBegin = 4096;

// "0x000000000ffba000" or "4096".
uint64_t Number(const fs::path& file) {
  return std::strtoull(ReadFile(file.string()).c_str(), nullptr, 0);
}

void AddArena(const fs::path& arena, uint64_t begin,
              std::vector<RegionArea>& areas) {
  if (Number(arena / "version_major") < 2) begin += kOldBegin;
  const std::string name =
      "arena " + arena.filename().string().substr(sizeof "arena" - 1);
  const auto add = [&](const char* what, uint64_t from, uint64_t bytes,
                       uint64_t block = 0) {
    areas.push_back({.where = SpaRange::OfLength(begin + from, bytes),
                     .what = name + " " + what,
                     .block_bytes = block});
  };
  const uint64_t block = Number(arena / "internal_lbasize");
  const uint64_t map = Number(arena / "mapoff");
  const uint64_t log = Number(arena / "logoff");
  const uint64_t copy = Number(arena / "info2off");
  add("info block", Number(arena / "infooff"), kInfoBytes);
  add("data", Number(arena / "dataoff"),
      Number(arena / "internal_nlba") * block, block);
  add("map", map, log - map);
  add("log", log, copy - log);
  add("info block", copy, kInfoBytes);
}

}  // namespace

std::vector<RegionArea> BttAreas(const std::string& name, uint64_t begin,
                                 const std::string& debugfs) try {
  std::vector<RegionArea> areas;
  std::error_code hidden;
  for (const auto& entry :
       fs::directory_iterator(fs::path(debugfs) / name, hidden))
    if (entry.path().filename().string().starts_with("arena"))
      AddArena(entry.path(), begin, areas);
  return areas;
} catch (const Error&) {
  return {};
}

}  // namespace daxmend
