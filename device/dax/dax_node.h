// SPDX-License-Identifier: GPL-2.0-only
//
// A device-dax device as sysfs describes it
// (Documentation/ABI/testing/sysfs-bus-dax): a character device of which every
// byte is memory, that can be mapped and nothing else.
//
// Thread-safe; each call reads anew.

#ifndef DAXMEND_DEVICE_DAX_DAX_NODE_H_
#define DAXMEND_DEVICE_DAX_DAX_NODE_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"

namespace daxmend {

// Another place for tests.
inline constexpr char kDaxDevices[] = "/sys/bus/dax/devices";

// The driver of those that have a node; "kmem" makes system RAM of them.
inline constexpr char kDeviceDaxDriver[] = "device_dax";

struct DaxNode {
  std::string name;    // "dax0.0"
  uint64_t size = 0;   // bytes
  uint64_t align = 0;  // of every mapping's address, offset and length
  std::string driver;  // empty: none
  // What it is a part of: libndctl's name of it ("dax0.1") in a region of
  // persistent memory ("region0"); "hmem.0", and no region, elsewhere.
  std::string parent, region;

  std::string node() const { return "/dev/" + name; }
  // As much as can be mapped: whole units of `align`.
  uint64_t mappable() const { return align ? size - size % align : size; }
};

// None where there is none of this name.
std::optional<DaxNode> FindDaxNode(const std::string& name,
                                   const std::string& devices = kDaxDevices);
// What the character device `number` is; none for all others.
std::optional<DaxNode> DaxNodeOf(dev_t number,
                                 const std::string& devices = kDaxDevices);
// What `path` is, or would be ("/dev/dax0.0") if the kernel did not use it as
// RAM; none for all others.
std::optional<DaxNode> DaxNodeOfPath(const std::string& path,
                                     const std::string& devices = kDaxDevices);
// The one that `parent` of `region` has.
std::optional<DaxNode> DaxNodeOn(const std::string& region,
                                 const std::string& parent,
                                 const std::string& devices = kDaxDevices);

// Of /dev/`node`, which was there before: "pmem0", "dax0.0".
Error NodeGoneAway(const std::string& node);

// Throws Error unless it can be mapped: for one that is system RAM, has no
// driver, or is smaller than its alignment.
void RequireMappable(const DaxNode& node);
// The same, and for volatile memory, of which nobody keeps a list.
void RequirePersistent(const DaxNode& node);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DAX_DAX_NODE_H_
