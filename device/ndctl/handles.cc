// SPDX-License-Identifier: GPL-2.0-only

#include "device/ndctl/handles.h"

#include <uuid/uuid.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "core/error.h"
#include "device/dax/dax_node.h"
#include "device/nvdimm_namespace.h"

namespace daxmend {
namespace {

// libndctl logs to stderr by default; the errors it returns are ours to word.
void LogNothing(ndctl_ctx*, int, const char*, int, const char*, const char*,
                va_list) {}

// The uuid of the personality that is in front of the raw namespace.
std::string UuidOf(ndctl_namespace* ndns) {
  uuid_t raw;
  if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns))
    ndctl_pfn_get_uuid(pfn, raw);
  else if (ndctl_dax* dax = ndctl_namespace_get_dax(ndns))
    ndctl_dax_get_uuid(dax, raw);
  else
    ndctl_namespace_get_uuid(ndns, raw);
  if (uuid_is_null(raw)) return "";
  char text[UUID_STR_LEN];
  uuid_unparse_lower(raw, text);
  return text;
}

}  // namespace

NdctlContext NewNdctlContext() {
  ndctl_ctx* context = nullptr;
  int error = ndctl_new(&context);
  if (error) throw ErrnoError("open the NVDIMM buses", -error);
  ndctl_set_log_fn(context, LogNothing);
  return NdctlContext(context);
}

int Submit(ndctl_cmd* command) {
  if (!command) return -EINVAL;
  const int error = ndctl_cmd_submit(command);
  if (error < 0) return error;
  return ndctl_cmd_get_firmware_status(command) & 0xffff ? -EIO : 0;
}

std::optional<SpaRange> KnownRange(unsigned long long resource,
                                   unsigned long long size) {
  if (resource == 0 || resource == ULLONG_MAX || size == 0 ||
      size == ULLONG_MAX)
    return std::nullopt;
  return SpaRange::OfLength(resource, size);
}

std::string NodeOf(ndctl_namespace* ndns) {
  if (ndctl_namespace_get_btt(ndns)) return "";
  if (ndctl_dax* dax = ndctl_namespace_get_dax(ndns)) {
    if (!KnownRange(ndctl_dax_get_resource(dax), ndctl_dax_get_size(dax)))
      return "";
    const auto node =
        DaxNodeOn(ndctl_region_get_devname(ndctl_namespace_get_region(ndns)),
                  ndctl_dax_get_devname(dax));
    return node && node->driver == kDeviceDaxDriver ? node->name : "";
  }
  ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns);
  const char* disk = pfn ? ndctl_pfn_get_block_device(pfn)
                         : ndctl_namespace_get_block_device(ndns);
  return disk ? disk : "";
}

std::string IdentityOf(ndctl_namespace* ndns) {
  if (std::string uuid = UuidOf(ndns); !uuid.empty()) return uuid;
  char place[24];
  std::snprintf(
      place, sizeof place, "@0x%llx",
      static_cast<unsigned long long>(ndctl_namespace_get_resource(ndns)));
  return ndctl_bus_get_provider(ndctl_namespace_get_bus(ndns)) +
         std::string(place);
}

SpaRange MediaOfNamespace(ndctl_namespace* ndns) {
  if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns))
    return SpaRange::OfLength(ndctl_pfn_get_resource(pfn),
                              ndctl_pfn_get_size(pfn));
  if (ndctl_dax* dax = ndctl_namespace_get_dax(ndns))
    return SpaRange::OfLength(ndctl_dax_get_resource(dax),
                              ndctl_dax_get_size(dax));
  return SpaRange::OfLength(ndctl_namespace_get_resource(ndns),
                            ndctl_namespace_get_size(ndns));
}

bool IsCxl(ndctl_bus* bus) {
  return std::strcmp(ndctl_bus_get_provider(bus), kCxlProvider) == 0;
}

std::unique_ptr<NdctlSpace> NdctlSpace::Of(NdctlContext context,
                                           ndctl_namespace* ndns) {
  ndctl_bus* bus = ndctl_namespace_get_bus(ndns);
  return std::make_unique<NdctlSpace>(
      NdctlSpace{.context = std::move(context),
                 .ndns = ndns,
                 .bus = bus,
                 .disk = NodeOf(ndns),
                 .name = ndctl_namespace_get_devname(ndns),
                 .bus_name = ndctl_bus_get_devname(bus),
                 .provider = ndctl_bus_get_provider(bus),
                 .uuid = IdentityOf(ndns)});
}

int NdctlSpace::AskClearUnit(uint64_t* unit) {
  if (!ars_capabilities) {
    const SpaRange media = MediaOfNamespace(ndns);
    ars_capabilities.reset(
        ndctl_bus_cmd_new_ars_cap(bus, media.begin, media.length()));
    if (const int error = Submit(ars_capabilities.get()); error < 0) {
      ars_capabilities.reset();
      return error;
    }
  }
  *unit = ndctl_cmd_ars_cap_get_clear_unit(ars_capabilities.get());
  return 0;
}

uint64_t NdctlSpace::ClearUnit() {
  uint64_t unit = 0;
  if (const int error = AskClearUnit(&unit); error < 0)
    throw ErrnoError("query the clear unit of " + Here(), -error);
  if (unit == 0)
    throw Error({.thing = "the firmware of " + Here(),
                 .cause = "reports a clear unit of 0 bytes",
                 .way_out = "inject whole sectors"});
  return unit;
}

}  // namespace daxmend
