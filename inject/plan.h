// SPDX-License-Identifier: GPL-2.0-only
//
// Which bytes of a file to poison. Pure: the same request and file size give
// the same plan on every machine.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_PLAN_H_
#define DAXMEND_INJECT_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct PlanRequest {
  uint64_t offset = 0;  // bytes, first of the region
  std::optional<uint64_t> length =
      {};  // bytes; to the end of the file if not given
  // Without a count the whole region is poisoned. With one, that many spans of
  // `span` bytes each, drawn uniformly with `seed` from the region, no two
  // alike; where a span is less than a page, no two in one page.
  std::optional<uint64_t> count = {};
  uint64_t span = kPageBytes;
  uint64_t seed = 1;
};

// The ranges to poison, ascending and apart, rounded out to whole 512-byte
// sectors. Throws Error naming `file` for a region that is empty or reaches
// past `file_size`, a span that is not a power of two of at least 512 bytes, or
// a count that the region has no room for.
std::vector<FileRange> PlanPoison(const PlanRequest& request,
                                  const std::string& file, uint64_t file_size);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLAN_H_
