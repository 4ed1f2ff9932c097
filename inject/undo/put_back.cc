// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/put_back.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/error.h"

namespace daxmend {
namespace {

// How much of an entry is read at once.
constexpr uint64_t kSectorsAtOnce = 2048;

// Sectors of `entry` that hold other bytes than it has; `within` are some of
// its sectors, none of them bad.
std::vector<UnitRange> Differing(const JournalEntry& entry,
                                 const std::vector<UnitRange>& within,
                                 DeviceMedia& disk) {
  std::vector<UnitRange> differing;
  for (UnitRange range : within)
    while (!range.empty()) {
      const UnitRange part = UnitRange::OfLength(
          range.begin, std::min(range.length(), kSectorsAtOnce));
      range.begin = part.end;
      const std::string there = disk.Read(part);
      const std::string_view wanted = entry.ContentOf(part);
      if (there == wanted) continue;
      const uint64_t unit = entry.unit_bytes;
      for (uint64_t i = 0; i < part.length(); ++i)
        if (wanted.compare(i * unit, unit,
                           std::string_view(there).substr(i * unit, unit)) != 0)
          differing.push_back({part.begin + i, part.begin + i + 1});
    }
  return Normalize(std::move(differing));
}

}  // namespace

std::string RepairedBytes(UnitRange sectors) {
  std::string bytes;
  for (uint64_t sector = sectors.begin; sector < sectors.end; ++sector)
    for (uint64_t at = 0; at < kSectorBytes; ++at)
      bytes += static_cast<char>((sector * 131 + at * 7 + 1) & 0xff);
  return bytes;
}

BytesPutBack PutBack(const JournalEntry& entry, bool media_keeps,
                     DeviceMedia& disk) {
  BytesPutBack done;
  for (UnitRange range : Differing(entry, entry.sectors, disk)) {
    if (!media_keeps) {
      done.written.push_back(range);
      continue;
    }
    for (uint64_t at = range.begin; at < range.end; ++at) {
      const UnitRange sector{at, at + 1};
      (disk.Read(sector) == RepairedBytes(sector) ? done.written : done.newer)
          .push_back(sector);
    }
  }
  done.written = Normalize(std::move(done.written));
  done.newer = Normalize(std::move(done.newer));
  const std::vector<UnitRange>& stale = done.written;
  for (UnitRange range : stale) disk.Write(range, entry.ContentOf(range));
  for (UnitRange other : Differing(entry, stale, disk))
    throw Error({.thing = fmt::format("sectors {} to {} of /dev/{}",
                                      other.begin, other.end, entry.disk),
                 .cause = "do not hold the bytes that were written back (the "
                          "media loses them, or another program writes there)",
                 .way_out = "stop other programs and restore again"});
  return done;
}

}  // namespace daxmend
