// SPDX-License-Identifier: GPL-2.0-only
//
// Who owns parts of a disk: asks the file systems that are mounted from it, in
// whole or in part, on each of their devices, through device mapper, too, and
// in other mount namespaces (containers).
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_OWNERS_H_
#define DAXMEND_INJECT_OWNERS_OWNERS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "inject/owners/owner_search.h"

namespace daxmend {

struct SectorOwner {
  SectorRange sectors;  // of the disk
  Owner owner;
  std::optional<FileRange> file;
  std::vector<Sharer> sharers = {};
  bool operator==(const SectorOwner&) const = default;
};

// The owners of every one of `sectors` (normalized) of `disk` ("pmem0"),
// ascending. `progress` is told, every two seconds, what is going on. Throws
// Error.
std::vector<SectorOwner> FindOwners(
    const std::string& disk, const std::vector<SectorRange>& sectors,
    const std::function<void(const std::string&)>& progress);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_OWNERS_H_
