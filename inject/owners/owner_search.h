// SPDX-License-Identifier: GPL-2.0-only
//
// Who owns a part of a file system's device is. The search is told what the
// file system says by itself (SpaceRecord) and then what is found file by file,
// until nothing is left to find:
//
//   OwnerSearch search(wanted, space);
//   for (each file, while !search.done()) {
//     if (search.Names(inode)) search.Name(owner);
//     if (search.Touches(extents)) search.Claim(owner, extents);
//   }
//   for (const OwnedRange& range : search.Result()) ...
//
// No system call in here. Not thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_OWNER_SEARCH_H_
#define DAXMEND_INJECT_OWNERS_OWNER_SEARCH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "inject/owners/owner.h"
#include "inject/owners/space_map.h"
#include "system/extent_map.h"

namespace daxmend {

struct OwnedRange {
  DeviceRange device;
  Owner owner;
  std::optional<FileRange> file;  // of a file: as long as `device`
  // Who has the same bytes beside `owner` (reflink).
  std::vector<Sharer> sharers = {};
  bool operator==(const OwnedRange&) const = default;
};

// The part of `range` that is `device`.
OwnedRange PartOf(const OwnedRange& range, DeviceRange device);

class OwnerSearch {
 public:
  // `wanted` is normalized; `space` may be empty (nothing is known). Where not
  // all names of the file system can be seen, `rest` is said of what was not
  // found.
  OwnerSearch(const std::vector<DeviceRange>& wanted,
              const std::vector<SpaceRecord>& space,
              const std::optional<Owner>& rest = {});

  bool done() const { return !wants_extents() && nameless_.empty(); }
  // Is there a part of which only extents can tell whose it is, or who else has
  // it?
  bool wants_extents() const { return !unclaimed_.empty() || !shared_.empty(); }
  // Is a part known to be of `inode`, and that inode's name not?
  bool Names(uint64_t inode) const { return nameless_.contains(inode); }

  // `owner` is the one with this inode.
  void Name(const Owner& owner);
  // Does a part that is nobody's yet, or that may be of several, lie in these
  // extents?
  bool Touches(const ExtentMap& extents) const;
  // It does, and they are those of `owner`.
  void Claim(const Owner& owner, const ExtentMap& extents);

  // Not all names could be seen after all: `rest` as above.
  void MissNames(const Owner& rest) { rest_ = rest; }

  // Every byte of `wanted` once, ascending, touching pieces of the same owners
  // joined.
  std::vector<OwnedRange> Result() const;

 private:
  std::optional<Owner> rest_;
  std::vector<OwnedRange> found_;       // what is shared once for each owner
  std::vector<DeviceRange> unclaimed_;  // normalized
  std::vector<DeviceRange> shared_;     // normalized
  std::map<uint64_t, std::vector<OwnedRange>> nameless_;  // by inode
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_OWNER_SEARCH_H_
