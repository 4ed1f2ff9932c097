// SPDX-License-Identifier: GPL-2.0-only
//
// What is poisoned, as the kernel lists it, with the places that matter to
// people: device sector, physical address and, for a file, its offset.

#ifndef DAXMEND_INJECT_POISON_LIST_H_
#define DAXMEND_INJECT_POISON_LIST_H_

#include <optional>
#include <string>
#include <vector>

#include "core/range.h"

namespace daxmend {

struct ListedPoison {
  std::string disk;               // "pmem0"
  SectorRange sectors;            // of the disk
  std::optional<SpaRange> spa;    // where an NVDIMM namespace is known
  std::optional<FileRange> file;  // only when a file was asked for
  bool operator==(const ListedPoison&) const = default;
};

// The poison of `target`: a file (only what lies in its extents), a block
// device, or, when empty, every disk of an NVDIMM namespace. Ascending. Throws
// Error.
std::vector<ListedPoison> ListPoison(const std::string& target);

// The text of `daxmend list --json`.
std::string ToJson(const std::vector<ListedPoison>& poison);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_LIST_H_
