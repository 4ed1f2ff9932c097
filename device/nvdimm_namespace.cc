// SPDX-License-Identifier: GPL-2.0-only

#include "device/nvdimm_namespace.h"

#include <fmt/core.h>
#include <linux/ndctl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "core/error.h"
#include "device/dax/dax_media.h"
#include "device/disk_media.h"
#include "device/ndctl/handles.h"
#include "device/ndctl/ndctl_injector.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

constexpr char kNfitTable[] = "/sys/firmware/acpi/tables/NFIT";
// ACPI 6.5 §5.2.6; machine/nfit.asl.
constexpr size_t kOemIdOffset = 10;
constexpr char kOurOemId[] = "DAXMND";

}  // namespace

template <class Matches>
std::unique_ptr<NvdimmNamespace> NvdimmNamespace::FindFirst(Matches matches) {
  NdctlContext context = NewNdctlContext();
  ndctl_namespace* ndns = FirstNamespace(context.get(), matches);
  if (!ndns) return nullptr;
  return std::unique_ptr<NvdimmNamespace>(
      new NvdimmNamespace(NdctlSpace::Of(std::move(context), ndns)));
}

NvdimmNamespace::NvdimmNamespace(std::unique_ptr<NdctlSpace> space)
    : space_(std::move(space)) {}
NvdimmNamespace::~NvdimmNamespace() = default;

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::OfDisk(
    const std::string& disk) {
  return FindFirst([&](ndctl_namespace* ndns) { return NodeOf(ndns) == disk; });
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
  if (found->disk().empty() || found->device_dax())
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
    return !NodeOf(ndns).empty() && IdentityOf(ndns) == uuid;
  });
}

std::vector<std::string> NvdimmNamespace::Disks(bool cxl) {
  std::vector<std::string> disks;
  NdctlContext context = NewNdctlContext();
  FirstNamespace(context.get(), [&](ndctl_namespace* ndns) {
    if (IsCxl(ndctl_namespace_get_bus(ndns)) != cxl) return false;
    if (std::string disk = NodeOf(ndns); !disk.empty()) disks.push_back(disk);
    return false;
  });
  return disks;
}

std::string NvdimmNamespace::region() const {
  return ndctl_region_get_devname(ndctl_namespace_get_region(space_->ndns));
}
const std::string& NvdimmNamespace::disk() const { return space_->disk; }
std::string NvdimmNamespace::label() const { return space_->Here(); }
const std::string& NvdimmNamespace::bus() const { return space_->bus_name; }
const std::string& NvdimmNamespace::provider() const {
  return space_->provider;
}
const std::string& NvdimmNamespace::uuid() const { return space_->uuid; }

SpaRange NvdimmNamespace::media() const {
  return MediaOfNamespace(space_->ndns);
}

bool NvdimmNamespace::device_dax() const {
  return ndctl_namespace_get_dax(space_->ndns) != nullptr;
}

DeviceUnits NvdimmNamespace::units() const {
  return device_dax() ? kDaxUnits : DeviceUnits{};
}

bool NvdimmNamespace::CanInject() const {
  return ndctl_bus_has_error_injection(space_->bus) > 0;
}

std::string NvdimmNamespace::WhyOwnInjector() const {
  return space_->bus_name + " (" + space_->provider + ") has " +
         (CanInject() ? "ARS error injection"
                      : "no ARS error injection (root-device _DSM functions 7, "
                        "8 and 9)");
}

bool NvdimmNamespace::CanClear() const {
  // The kernel has no driver in front of device-dax that would do it.
  return (!ndctl_bus_has_nfit(space_->bus) && !device_dax()) ||
         ndctl_bus_is_cmd_supported(space_->bus, ND_CMD_CLEAR_ERROR);
}

bool NvdimmNamespace::ClearingKeepsBytes() const {
  if (!ndctl_bus_has_nfit(space_->bus)) return true;
  try {
    return ReadFile(kNfitTable)
               .compare(kOemIdOffset, strlen(kOurOemId), kOurOemId) == 0;
  } catch (const std::exception&) {
    return false;
  }
}

bool NvdimmNamespace::Notifies() const {
  return ndctl_bus_has_nfit(space_->bus) != 0;
}

int64_t NvdimmNamespace::ClearErrors(SpaRange bad, std::string* why) {
  const std::string here = space_->Here();
  if (!ndctl_bus_is_cmd_supported(space_->bus, ND_CMD_CLEAR_ERROR)) {
    *why = space_->bus_name + " (" + ndctl_bus_get_provider(space_->bus) +
           ") has no command to clear errors";
    return -EOPNOTSUPP;
  }
  uint64_t unit = 0;
  if (const int error = space_->AskClearUnit(&unit); error < 0) {
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
  NdctlCommand clear(ndctl_bus_cmd_new_clear_error(
      whole.begin, whole.length(), space_->ars_capabilities.get()));
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

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::Again() const {
  auto handle = OfDisk(disk());
  if (!handle) throw NodeGoneAway(disk());
  return handle;
}

std::unique_ptr<Injector> NvdimmNamespace::OwnInjector(bool saturate) const {
  return std::make_unique<NdctlInjector>(std::move(Again()->space_), saturate);
}

RegionBadblocks NvdimmNamespace::RegionList() const {
  ndctl_region* region = ndctl_namespace_get_region(space_->ndns);
  return RegionBadblocks(fmt::format("/sys/bus/nd/devices/{}/badblocks",
                                     ndctl_region_get_devname(region)),
                         SpaRange::OfLength(ndctl_region_get_resource(region),
                                            ndctl_region_get_size(region)),
                         media());
}

std::unique_ptr<DeviceMedia> NvdimmNamespace::OpenMedia(bool exclusive) const {
  if (!device_dax()) return std::make_unique<DiskMedia>(disk(), exclusive);
  const auto node = FindDaxNode(disk());
  if (!node) throw NodeGoneAway(disk());
  auto again = Again();
  uint64_t unit = 0;
  // Where it is not known, ClearErrors() says so.
  if (again->space_->AskClearUnit(&unit) < 0) unit = 0;
  return std::make_unique<DaxMedia>(*node, RegionList(), std::move(again),
                                    unit);
}

std::unique_ptr<DeviceList> NvdimmNamespace::OpenList() const {
  if (!device_dax()) return nullptr;
  return std::make_unique<DaxList>(
      RegionList(),
      fmt::format("device-dax on {}; poison known by its region's list of "
                  "512-byte sectors",
                  provider()));
}

std::unique_ptr<NvdimmNamespace> NvdimmNamespace::OfNode(
    const std::string& path) {
  const auto node = DaxNodeOfPath(path);
  if (!node) return nullptr;
  RequirePersistent(*node);
  auto space = OfDisk(node->name);
  if (!space)
    throw Error({.thing = node->node(),
                 .cause = "hides where it lies in its region, whose list has "
                          "its poison",
                 .way_out = "run as root"});
  return space;
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
    std::unique_ptr<PoisonDevice> OfNode(
        const std::string& path) const override {
      return Ours(NvdimmNamespace::OfNode(path));
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
