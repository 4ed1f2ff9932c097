// SPDX-License-Identifier: GPL-2.0-only
//
// Which bytes of a file to poison. Pure: the same request and file size give
// the same plan on every machine.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_PLAN_PLAN_H_
#define DAXMEND_INJECT_PLAN_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

// A part of a device: of a disk, a partition.
struct DevicePart {
  std::string disk;  // "pmem0"
  std::string node;  // "/dev/pmem0p1"
  UnitRange units;   // of the disk
  uint64_t unit_bytes = kSectorBytes;
};

struct PlanRequest {
  uint64_t offset = 0;  // bytes, first of the region
  // Bytes of the region; to the end of the file if not given.
  std::optional<uint64_t> length = {};
  // Without a count the whole region is poisoned. With one, that many spans of
  // `span` bytes each, drawn uniformly with `seed` from the region, no two
  // alike; where a span is less than a page, no two in one page.
  std::optional<uint64_t> count = {};
  // Instead of a count: one span at the beginning of every so many bytes of the
  // region, the last one too if it still fits.
  std::optional<uint64_t> every = {};
  uint64_t span = kPageBytes;  // 0: one unit
  uint64_t seed = 1;
  // What the device poisons at least; a power of two up to a page.
  uint64_t unit = kSectorBytes;
  // Instead of all the above: exactly these ranges of the file.
  std::vector<FileRange> ranges = {};
};

// The ranges to poison, ascending and apart, rounded out to whole units. Throws
// Error naming `file` for a region that is empty or reaches past `file_size`, a
// span that is not a power of two of at least a unit, a count that the region
// has no room for, spans that would touch each other, or given ranges that
// overlap, are empty or are not whole units of the file.
std::vector<FileRange> PlanPoison(const PlanRequest& request,
                                  const std::string& file, uint64_t file_size);

// The ranges of a plan file: the JSON that `daxmend list --json` prints. For
// the file `path` (absolute) its `file_begin` and `file_end` count; a `path` in
// it must be that one. For a device, `sector_begin` and `sector_end` on the
// disk do, and `device` must be that disk. In the order they stand there.
// Throws Error naming `source` and the key at fault.
std::vector<FileRange> ReadPlan(std::string_view text,
                                const std::string& source,
                                const std::string& path);
std::vector<FileRange> ReadDevicePlan(std::string_view text,
                                      const std::string& source,
                                      const DevicePart& part);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLAN_PLAN_H_
