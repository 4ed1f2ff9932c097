// SPDX-License-Identifier: GPL-2.0-only
//
// What is poisoned, as the kernel lists it, with the places that matter to
// people: device sector, physical address, and who owns it.

#ifndef DAXMEND_INJECT_POISON_LIST_H_
#define DAXMEND_INJECT_POISON_LIST_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/range.h"
#include "inject/owners/owners.h"
#include "system/block_device.h"

namespace daxmend {

struct ListedPoison {
  std::string disk;   // "pmem0"; "region0" for what is on no disk
  UnitRange sectors;  // units of the disk, or sectors of the region
  std::optional<SpaRange> spa = {};  // where an NVDIMM namespace is known
  Owner owner = {};
  // In the owner, where that is a file or a device-dax device.
  std::optional<FileRange> file = {};
  bool shared = false;  // of a file: other files have these blocks, too
  std::vector<Sharer> sharers = {};  // those, where owners were asked for
  uint64_t unit_bytes = kSectorBytes;
  // "kernel", or "device", which may tell where it has it from: "injected",
  // "internal", "external", "vendor".
  std::string listed_by = "kernel";
  std::string source = {};
  std::string flags = {};
  bool operator==(const ListedPoison&) const = default;
};

struct PoisonListing {
  std::vector<ListedPoison> poison;
  // The kernel shows one page of its list (some 450 ranges) and had more. What
  // could be found out by other means is in `poison`; there may be more.
  bool cut = false;
  // What could not be looked at and may hold more, each with the cause:
  // "namespace1.0 (devdax dax1.0): ...". Not printable, they may name files.
  std::vector<std::string> unknown = {};
};

// The poison of `target`: a file (only what lies in its extents), a mount point
// (what lies on each device of that file system) or a block device (the whole
// disk's or partition's), or, when empty, all persistent memory: the disks of
// the NVDIMM namespaces, and what their regions list and no disk has.
// Ascending, for a file by its offsets. With `owners` the file systems are
// asked who owns each range, which takes a look at every file where they cannot
// tell. Throws Error, also when nothing of `target` is on a disk that keeps a
// list of bad sectors: then nobody has looked, and "no poison" would be no
// answer.
PoisonListing ListPoison(
    const std::string& target, bool owners = false,
    const std::function<void(const std::string&)>& progress =
        [](const std::string&) {});

// That `thing` has no list to look at. `keeps` goes on from it and ends in a
// verb: "keeps", "is on vda, which keeps".
Error NoList(const std::string& thing, const std::string& keeps);

// Where `disk` ("pmem0") lies in physical memory, where that can be known:
// without privilege sysfs hides the addresses.
std::optional<SpaRange> MediaOf(const std::string& disk);

// The part of ListPoison(file) that needs no device to test: what of `bad`
// (units of the disk, of `unit` bytes, normalized) lies in a file on `device`
// with these extents. `media` as for LocatePoison, if known.
std::vector<ListedPoison> PoisonInFile(const std::vector<UnitRange>& bad,
                                       const ExtentMap& extents,
                                       const BlockDevice& device,
                                       const std::optional<SpaRange>& media,
                                       const Owner& owner,
                                       uint64_t unit = kSectorBytes);

// Does another file have a part of `part`, of a file with these extents?
bool IsShared(const ExtentMap& extents, FileRange part);
// Asks who else has what is shared of `listed`, which is all of one file.
// Throws Error.
void AskSharers(std::vector<ListedPoison>& listed,
                const std::function<void(const std::string&)>& progress);
// Of a file, all of it.
void SortByOffset(std::vector<ListedPoison>& list);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_LIST_H_
