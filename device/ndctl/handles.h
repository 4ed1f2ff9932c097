// SPDX-License-Identifier: GPL-2.0-only
//
// libndctl's handles, and what a namespace is by them. The only folder that
// includes libndctl; for device/ alone.
//
// Not thread-safe: one context a thread.

#ifndef DAXMEND_DEVICE_NDCTL_HANDLES_H_
#define DAXMEND_DEVICE_NDCTL_HANDLES_H_

#include <ndctl/libndctl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/range.h"

namespace daxmend {

struct UnrefNdctl {
  void operator()(ndctl_ctx* context) const { ndctl_unref(context); }
  void operator()(ndctl_cmd* command) const { ndctl_cmd_unref(command); }
};
using NdctlContext = std::unique_ptr<ndctl_ctx, UnrefNdctl>;
using NdctlCommand = std::unique_ptr<ndctl_cmd, UnrefNdctl>;

// A view of all buses as they are now. Throws Error.
NdctlContext NewNdctlContext();

// 0, or -errno; a firmware status that is not 0 is -EIO.
int Submit(ndctl_cmd* command);

// What people reach its bytes by, below /dev: the disk of an fsdax or raw one
// ("pmem0"), the character device of a devdax one ("dax0.0"); empty for one in
// sector mode, one that is disabled, and device-dax of which the address is
// hidden or which the kernel uses as RAM.
std::string NodeOf(ndctl_namespace* ndns);
// What finds the namespace again when that has another name.
std::string IdentityOf(ndctl_namespace* ndns);
// Where the bytes of that lie, without what the kernel keeps in front of them.
SpaRange MediaOfNamespace(ndctl_namespace* ndns);
// None where physical addresses are hidden (from all but root) or size is 0.
std::optional<SpaRange> KnownRange(unsigned long long resource,
                                   unsigned long long size);
// On a bus of CXL regions?
bool IsCxl(ndctl_bus* bus);

// The first namespace of which `visit` says yes; null for none.
template <class Visit>
ndctl_namespace* FirstNamespace(ndctl_ctx* context, Visit visit) {
  ndctl_bus* bus;
  ndctl_bus_foreach(context, bus) {
    ndctl_region* region;
    ndctl_region_foreach(bus, region) {
      ndctl_namespace* ndns;
      ndctl_namespace_foreach(region, ndns) {
        if (visit(ndns)) return ndns;
      }
    }
  }
  return nullptr;
}

// A namespace, the context that it is of, and what it is called.
struct NdctlSpace {
  NdctlContext context;
  ndctl_namespace* ndns = nullptr;
  ndctl_bus* bus = nullptr;
  std::string disk;  // NodeOf
  std::string name;
  std::string bus_name;
  std::string provider;
  std::string uuid;
  NdctlCommand ars_capabilities = {};  // of the whole media, once asked for

  static std::unique_ptr<NdctlSpace> Of(NdctlContext context,
                                        ndctl_namespace* ndns);
  // "namespace0.0 on ndbus0"
  std::string Here() const { return name + " on " + bus_name; }
  // 0 and *unit (bytes), or -errno.
  int AskClearUnit(uint64_t* unit);
  // The same; throws Error.
  uint64_t ClearUnit();
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_NDCTL_HANDLES_H_
