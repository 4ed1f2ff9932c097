// SPDX-License-Identifier: GPL-2.0-only

#include "device/nvdimm_namespace.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/ndctl.h>
#include <ndctl/libndctl.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "core/error.h"
#include "device/ars_inject.h"
#include "device/disk_media.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

constexpr unsigned kSaturate = 1u << NDCTL_NS_INJECT_SATURATE;

constexpr char kNfitTable[] = "/sys/firmware/acpi/tables/NFIT";
// ACPI 6.5 §5.2.6; machine/nfit.asl.
constexpr size_t kOemIdOffset = 10;
constexpr char kOurOemId[] = "DAXMND";

struct Unref {
  void operator()(ndctl_ctx* context) const { ndctl_unref(context); }
};
using Context = std::unique_ptr<ndctl_ctx, Unref>;

struct UnrefCommand {
  void operator()(ndctl_cmd* command) const { ndctl_cmd_unref(command); }
};
using Command = std::unique_ptr<ndctl_cmd, UnrefCommand>;

// 0, or -errno; a firmware status that is not 0 is -EIO.
int Submit(ndctl_cmd* command) {
  if (!command) return -EINVAL;
  const int error = ndctl_cmd_submit(command);
  if (error < 0) return error;
  return ndctl_cmd_get_firmware_status(command) & 0xffff ? -EIO : 0;
}

// libndctl logs to stderr by default; the errors it returns are ours to word.
void LogNothing(ndctl_ctx*, int, const char*, int, const char*, const char*,
                va_list) {}

Context NewContext() {
  ndctl_ctx* context = nullptr;
  int error = ndctl_new(&context);
  if (error) throw ErrnoError("open the NVDIMM buses", -error);
  ndctl_set_log_fn(context, LogNothing);
  return Context(context);
}

// The disk and the uuid of the personality that is in front of the raw
// namespace: fsdax (pfn) or none. Sector mode (btt) and devdax have no bytes
// that a DAX file could be on.
std::string DiskOf(ndctl_namespace* ndns) {
  if (ndctl_namespace_get_btt(ndns) || ndctl_namespace_get_dax(ndns)) return "";
  ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns);
  const char* disk = pfn ? ndctl_pfn_get_block_device(pfn)
                         : ndctl_namespace_get_block_device(ndns);
  return disk ? disk : "";
}

std::string UuidOf(ndctl_namespace* ndns) {
  uuid_t raw;
  if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns))
    ndctl_pfn_get_uuid(pfn, raw);
  else
    ndctl_namespace_get_uuid(ndns, raw);
  if (uuid_is_null(raw)) return "";
  char text[UUID_STR_LEN];
  uuid_unparse_lower(raw, text);
  return text;
}

// What finds the namespace again when its disk has another name.
std::string IdentityOf(ndctl_namespace* ndns) {
  if (std::string uuid = UuidOf(ndns); !uuid.empty()) return uuid;
  char place[24];
  std::snprintf(
      place, sizeof place, "@0x%llx",
      static_cast<unsigned long long>(ndctl_namespace_get_resource(ndns)));
  return ndctl_bus_get_provider(ndctl_namespace_get_bus(ndns)) +
         std::string(place);
}

// Physical addresses are hidden from all but root: zero, or all ones.
std::optional<SpaRange> RangeOf(unsigned long long resource,
                                unsigned long long size) {
  if (resource == 0 || resource == ULLONG_MAX || size == 0 ||
      size == ULLONG_MAX)
    return std::nullopt;
  return SpaRange::OfLength(resource, size);
}

RegionPart Describe(ndctl_namespace* ndns) {
  RegionPart space{.name = ndctl_namespace_get_devname(ndns),
                   .disk = DiskOf(ndns),
                   .use = "disabled",
                   .whole = RangeOf(ndctl_namespace_get_resource(ndns),
                                    ndctl_namespace_get_size(ndns))};
  if (ndctl_dax* dax = ndctl_namespace_get_dax(ndns)) {
    space.use = std::string("devdax ") + ndctl_dax_get_devname(dax);
    space.data = RangeOf(ndctl_dax_get_resource(dax), ndctl_dax_get_size(dax));
  } else if (ndctl_namespace_get_btt(ndns)) {
    space.use = "sector mode";
  } else if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(ndns)) {
    space.use = "fsdax";
    space.data = RangeOf(ndctl_pfn_get_resource(pfn), ndctl_pfn_get_size(pfn));
  } else if (!space.disk.empty()) {
    space.use = "raw";
    space.data = space.whole;
  }
  return space;
}

bool IsCxl(ndctl_bus* bus) {
  return std::strcmp(ndctl_bus_get_provider(bus), kCxlProvider) == 0;
}

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

}  // namespace

struct NvdimmNamespace::Library {
  Context context;
  ndctl_namespace* ndns;
  ndctl_bus* bus;
  std::string disk;
  std::string name;
  std::string bus_name;
  std::string provider;
  std::string uuid;
  Command ars_capabilities = {};  // of the whole media, once somebody asked

  std::string Here() const { return name + " on " + bus_name; }
};

template <class Matches>
std::unique_ptr<NvdimmNamespace> NvdimmNamespace::FindFirst(Matches matches) {
  Context context = NewContext();
  ndctl_namespace* ndns = FirstNamespace(context.get(), matches);
  if (!ndns) return nullptr;
  ndctl_bus* bus = ndctl_namespace_get_bus(ndns);
  auto library = std::make_unique<Library>(
      Library{.context = std::move(context),
              .ndns = ndns,
              .bus = bus,
              .disk = DiskOf(ndns),
              .name = ndctl_namespace_get_devname(ndns),
              .bus_name = ndctl_bus_get_devname(bus),
              .provider = ndctl_bus_get_provider(bus),
              .uuid = IdentityOf(ndns)});
  return std::unique_ptr<NvdimmNamespace>(
      new NvdimmNamespace(std::move(library)));
}

NvdimmNamespace::NvdimmNamespace(std::unique_ptr<Library> library)
    : library_(std::move(library)) {}
NvdimmNamespace::~NvdimmNamespace() = default;

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::OfDisk(
    const std::string& disk) {
  return FindFirst([&](ndctl_namespace* ndns) { return DiskOf(ndns) == disk; });
}

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::OfName(
    const std::string& name) {
  auto found = FindFirst([&](ndctl_namespace* ndns) {
    return ndctl_namespace_get_devname(ndns) == name;
  });
  if (!found)
    throw Error({.thing = name,
                 .cause = "is not a namespace",
                 .way_out = "see 'ndctl list -N'"});
  if (found->disk().empty())
    throw Error(
        {.thing = name,
         .cause = "has no /dev/pmemN that shows its bytes (it is "
                  "disabled, or in sector or devdax mode)",
         .way_out = "make it fsdax or raw with 'ndctl create-namespace'"});
  return found;
}

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::OfUuid(
    const std::string& uuid) {
  return FindFirst([&](ndctl_namespace* ndns) {
    return !DiskOf(ndns).empty() && IdentityOf(ndns) == uuid;
  });
}

std::vector<std::string> NvdimmNamespace::Disks(bool cxl) {
  std::vector<std::string> disks;
  Context context = NewContext();
  FirstNamespace(context.get(), [&](ndctl_namespace* ndns) {
    if (IsCxl(ndctl_namespace_get_bus(ndns)) != cxl) return false;
    if (std::string disk = DiskOf(ndns); !disk.empty()) disks.push_back(disk);
    return false;
  });
  return disks;
}

std::vector<DeviceRegion> NvdimmNamespace::Regions() {
  std::vector<DeviceRegion> regions;
  Context context = NewContext();
  ndctl_bus* bus;
  ndctl_bus_foreach(context.get(), bus) {
    // Those are the kernel's CXL regions, under the same name.
    if (IsCxl(bus)) continue;
    ndctl_region* region;
    ndctl_region_foreach(bus, region) {
      // Regions of volatile memory have no lists of errors.
      if (ndctl_region_get_type(region) != ND_DEVICE_REGION_PMEM) continue;
      DeviceRegion found{.name = ndctl_region_get_devname(region),
                         .spa = RangeOf(ndctl_region_get_resource(region),
                                        ndctl_region_get_size(region))};
      ndctl_namespace* ndns;
      ndctl_namespace_foreach(region, ndns) {
        // The one without a size is for the next to be made.
        if (ndctl_namespace_get_size(ndns) == 0) continue;
        found.namespaces.push_back(Describe(ndns));
      }
      regions.push_back(std::move(found));
    }
  }
  return regions;
}

std::string NvdimmNamespace::region() const {
  return ndctl_region_get_devname(ndctl_namespace_get_region(library_->ndns));
}
const std::string& NvdimmNamespace::disk() const { return library_->disk; }
std::string NvdimmNamespace::label() const { return library_->Here(); }
const std::string& NvdimmNamespace::bus() const { return library_->bus_name; }
const std::string& NvdimmNamespace::provider() const {
  return library_->provider;
}
const std::string& NvdimmNamespace::uuid() const { return library_->uuid; }

SpaRange NvdimmNamespace::media() const {
  if (ndctl_pfn* pfn = ndctl_namespace_get_pfn(library_->ndns))
    return SpaRange::OfLength(ndctl_pfn_get_resource(pfn),
                              ndctl_pfn_get_size(pfn));
  return SpaRange::OfLength(ndctl_namespace_get_resource(library_->ndns),
                            ndctl_namespace_get_size(library_->ndns));
}

bool NvdimmNamespace::CanInject() const {
  return ndctl_bus_has_error_injection(library_->bus) > 0;
}

std::string NvdimmNamespace::WhyOwnInjector() const {
  return library_->bus_name + " (" + library_->provider + ") has " +
         (CanInject() ? "ARS error injection"
                      : "no ARS error injection (root-device _DSM functions 7, "
                        "8 and 9)");
}

bool NvdimmNamespace::CanClear() const {
  return !ndctl_bus_has_nfit(library_->bus) ||
         ndctl_bus_is_cmd_supported(library_->bus, ND_CMD_CLEAR_ERROR);
}

bool NvdimmNamespace::ClearingKeepsBytes() const {
  if (!ndctl_bus_has_nfit(library_->bus)) return true;
  try {
    return ReadFile(kNfitTable)
               .compare(kOemIdOffset, strlen(kOurOemId), kOurOemId) == 0;
  } catch (const std::exception&) {
    return false;
  }
}

bool NvdimmNamespace::Notifies() const {
  return ndctl_bus_has_nfit(library_->bus) != 0;
}

int NvdimmNamespace::AskClearUnit(uint64_t* unit) {
  Command& capabilities = library_->ars_capabilities;
  if (!capabilities) {
    capabilities.reset(ndctl_bus_cmd_new_ars_cap(library_->bus, media().begin,
                                                 media().length()));
    if (const int error = Submit(capabilities.get()); error < 0) {
      capabilities.reset();
      return error;
    }
  }
  *unit = ndctl_cmd_ars_cap_get_clear_unit(capabilities.get());
  return 0;
}

uint64_t NvdimmNamespace::ClearUnit() {
  uint64_t unit = 0;
  if (const int error = AskClearUnit(&unit); error < 0)
    throw ErrnoError("query the clear unit of " + library_->Here(), -error);
  if (unit == 0)
    throw Error({.thing = "the firmware of " + library_->Here(),
                 .cause = "reports a clear unit of 0 bytes",
                 .way_out = "inject whole sectors"});
  return unit;
}

int64_t NvdimmNamespace::ClearErrors(SpaRange bad, std::string* why) {
  const std::string here = library_->Here();
  if (!ndctl_bus_is_cmd_supported(library_->bus, ND_CMD_CLEAR_ERROR)) {
    *why = library_->bus_name + " (" + ndctl_bus_get_provider(library_->bus) +
           ") has no command to clear errors";
    return -EOPNOTSUPP;
  }
  uint64_t unit = 0;
  if (const int error = AskClearUnit(&unit); error < 0) {
    *why = "the firmware does not report a clear unit for " + here;
    return error;
  }
  if (unit == 0 || unit & (unit - 1) || unit > kPageBytes) {
    *why = fmt::format(
        "the clear unit of {} is {} bytes, which does not divide a page", here,
        unit);
    return -EOPNOTSUPP;
  }
  const SpaRange whole = AlignOut(bad, unit);
  Command clear(ndctl_bus_cmd_new_clear_error(
      whole.begin, whole.length(), library_->ars_capabilities.get()));
  if (const int error = Submit(clear.get()); error < 0) {
    *why = "the firmware of " + here + " refuses to clear errors";
    return error;
  }
  const uint64_t end =
      whole.begin + ndctl_cmd_clear_error_get_cleared(clear.get());
  const SpaRange cleared = Intersect(bad, {whole.begin, end});
  if (cleared != bad)
    *why = fmt::format("the firmware of {} cleared {} of {} bytes", here,
                       cleared.length(), bad.length());
  return static_cast<int64_t>(cleared.length());
}

namespace {

Error GoneAway(const std::string& disk) {
  return Error({.thing = "/dev/" + disk,
                .cause = "has gone away",
                .way_out = "enable its namespace again"});
}

}  // namespace

// The calls of `ndctl inject-error`, by a handle of its own.
class NdctlInjector : public Injector {
 public:
  NdctlInjector(std::unique_ptr<NvdimmNamespace> space, bool saturate)
      : space_(std::move(space)), saturate_(saturate) {}

  std::string_view name() const override { return space_->OwnInjectorName(); }
  void Inject(UnitRange sectors, bool notify) override;
  void Uninject(UnitRange sectors) override;
  std::vector<UnitRange> Injected() override;
  void StartScrub() override;
  void WaitForScrub() override;

 private:
  NvdimmNamespace::Library& library() { return *space_->library_; }

  std::unique_ptr<NvdimmNamespace> space_;
  const bool saturate_;
};

void NdctlInjector::Inject(UnitRange sectors, bool notify) {
  const SpaRange whole = space_->media();
  for (uint64_t at = sectors.begin; at < sectors.end; ++at) {
    const SpaRange sector = SpaRange::OfLength(
        whole.begin + at * kSectorBytes,
        saturate_ ? kSectorBytes : std::min(space_->ClearUnit(), kSectorBytes));
    const uint32_t status =
        InjectError(ndctl_bus_get_id(library().bus), sector,
                    notify && at + 1 == sectors.end, library().Here());
    if (status == 0) continue;
    // The sectors are inside the namespace, so it is not the address that the
    // firmware calls invalid.
    throw Error(
        {.thing = "the firmware of " + library().bus_name,
         .cause = fmt::format("refused to poison sector {} of {} (status {}), "
                              "its error table is probably full",
                              at, library().name, status & 0xffff),
         .way_out = "inject fewer at a time, or clear some ('daxmend list' "
                    "shows them)"});
  }
}

void NdctlInjector::Uninject(UnitRange sectors) {
  // Not ndctl_namespace_uninject_error(): in ndctl 76 that one injects.
  int error = ndctl_namespace_uninject_error2(library().ndns, sectors.begin,
                                              sectors.length(), kSaturate);
  if (error)
    throw ErrnoError(fmt::format("uninject sectors {} to {} of {}",
                                 sectors.begin, sectors.end, library().Here()),
                     error < 0 ? -error : EIO);
}

std::vector<UnitRange> NdctlInjector::Injected() {
  // libndctl adds every answer to the list it keeps for the namespace, so each
  // question gets a context of its own.
  Context context = NewContext();
  ndctl_namespace* ndns =
      FirstNamespace(context.get(), [&](ndctl_namespace* candidate) {
        return DiskOf(candidate) == library().disk;
      });
  if (!ndns) throw GoneAway(library().disk);
  if (int error = ndctl_namespace_injection_status(ndns))
    throw ErrnoError("read the injection status of " + library().Here(),
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
  int error = ndctl_bus_start_scrub(library().bus);
  // EBUSY: one is running already, which does as well.
  if (error && error != -EBUSY)
    throw ErrnoError("start a scrub of " + library().bus_name,
                     error < 0 ? -error : EIO);
}

void NdctlInjector::WaitForScrub() {
  int error = ndctl_bus_wait_for_scrub_completion(library().bus);
  if (error)
    throw ErrnoError("wait for the scrub of " + library().bus_name,
                     error < 0 ? -error : EIO);
}

std::unique_ptr<Injector> NvdimmNamespace::OwnInjector(bool saturate) const {
  auto handle = OfDisk(disk());
  if (!handle) throw GoneAway(disk());
  return std::make_unique<NdctlInjector>(std::move(handle), saturate);
}

std::unique_ptr<DeviceMedia> NvdimmNamespace::OpenMedia(bool exclusive) const {
  return std::make_unique<DiskMedia>(disk(), exclusive);
}

const DeviceKind& NvdimmKind() {
  class Kind : public DeviceKind {
   public:
    std::unique_ptr<PoisonDevice> OfDisk(
        const std::string& disk) const override {
      return Ours(NvdimmNamespace::OfDisk(disk));
    }
    std::unique_ptr<PoisonDevice> OfUuid(
        const std::string& uuid) const override {
      return Ours(NvdimmNamespace::OfUuid(uuid));
    }
    std::vector<std::string> Disks() const override {
      return NvdimmNamespace::Disks(/*cxl=*/false);
    }
    std::vector<DeviceRegion> Regions() const override {
      return NvdimmNamespace::Regions();
    }

   private:
    // Namespaces of CXL regions are another kind.
    static std::unique_ptr<PoisonDevice> Ours(
        std::unique_ptr<NvdimmNamespace> space) {
      if (space && space->provider() == kCxlProvider) return nullptr;
      return space;
    }
  };
  static const Kind kind;
  return kind;
}

}  // namespace daxmend
