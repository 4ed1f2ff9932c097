// SPDX-License-Identifier: GPL-2.0-only

#include "device/ndctl/ndctl_injector.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "device/ars_inject.h"
#include "device/dax/dax_node.h"

namespace daxmend {
namespace {

constexpr unsigned kSaturate = 1u << NDCTL_NS_INJECT_SATURATE;

}  // namespace

void NdctlInjector::Inject(UnitRange sectors, bool notify) {
  const SpaRange whole = MediaOfNamespace(space_->ndns);
  for (uint64_t at = sectors.begin; at < sectors.end; ++at) {
    const SpaRange sector = SpaRange::OfLength(
        whole.begin + at * kSectorBytes,
        saturate_ ? kSectorBytes : std::min(space_->ClearUnit(), kSectorBytes));
    const uint32_t status =
        InjectError(ndctl_bus_get_id(space_->bus), sector,
                    notify && at + 1 == sectors.end, space_->Here());
    if (status == 0) continue;
    // The sectors are inside the namespace, so it is not the address that the
    // firmware calls invalid.
    throw Error(
        {.thing = "the firmware of " + space_->bus_name,
         .cause = fmt::format("refused to poison sector {} of {} (status {}), "
                              "its error table is probably full",
                              at, space_->name, status & 0xffff),
         .way_out = "inject fewer at a time, or clear some ('daxmend list' "
                    "shows them)"});
  }
}

void NdctlInjector::Uninject(UnitRange sectors) {
  // Not ndctl_namespace_uninject_error(): in ndctl 76 that one injects.
  int error = ndctl_namespace_uninject_error2(space_->ndns, sectors.begin,
                                              sectors.length(), kSaturate);
  if (error)
    throw ErrnoError(fmt::format("uninject sectors {} to {} of {}",
                                 sectors.begin, sectors.end, space_->Here()),
                     error < 0 ? -error : EIO);
}

std::vector<UnitRange> NdctlInjector::Injected() {
  // libndctl adds every answer to the list it keeps for the namespace, so each
  // question gets a context of its own.
  NdctlContext context = NewNdctlContext();
  ndctl_namespace* ndns =
      FirstNamespace(context.get(), [&](ndctl_namespace* candidate) {
        return NodeOf(candidate) == space_->disk;
      });
  if (!ndns) throw NodeGoneAway(space_->disk);
  if (int error = ndctl_namespace_injection_status(ndns))
    throw ErrnoError("read the injection status of " + space_->Here(),
                     error < 0 ? -error : EIO);
  std::vector<UnitRange> injected;
  ndctl_bb* bb;
  ndctl_namespace_bb_foreach(ndns, bb) {
    injected.push_back(
        UnitRange::OfLength(ndctl_bb_get_block(bb), ndctl_bb_get_count(bb)));
  }
  return Normalize(std::move(injected));
}

void NdctlInjector::StartScrub() {
  int error = ndctl_bus_start_scrub(space_->bus);
  // EBUSY: one is running already, which does as well.
  if (error && error != -EBUSY)
    throw ErrnoError("start a scrub of " + space_->bus_name,
                     error < 0 ? -error : EIO);
}

void NdctlInjector::WaitForScrub() {
  int error = ndctl_bus_wait_for_scrub_completion(space_->bus);
  if (error)
    throw ErrnoError("wait for the scrub of " + space_->bus_name,
                     error < 0 ? -error : EIO);
}

}  // namespace daxmend
