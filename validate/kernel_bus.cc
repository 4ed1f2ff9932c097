// SPDX-License-Identifier: GPL-2.0-only

#include "validate/kernel_bus.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/ndctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/error.h"
#include "system/block_device.h"
#include "system/file_io.h"
#include "validate/payload_reader.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kDevices[] = "/sys/bus/nd/devices/";
constexpr char kNfitTable[] = "/sys/firmware/acpi/tables/NFIT";

std::string Line(const std::string& path) {
  std::string text = ReadFile(path);
  if (const size_t end = text.find('\n'); end != std::string::npos)
    text.resize(end);
  return text;
}

std::vector<std::string> Buses() {
  std::vector<std::string> buses;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kDevices, none))
    if (entry.path().filename().string().starts_with("ndbus"))
      buses.push_back(entry.path().filename());
  std::sort(buses.begin(), buses.end());
  return buses;
}

std::string FindBus(const std::string& wanted) {
  const std::vector<std::string> buses = Buses();
  std::vector<std::string> found;
  std::string there;
  for (const std::string& bus : buses) {
    const std::string provider = Line(kDevices + bus + "/provider");
    if (bus == wanted) return bus;
    if (provider == wanted) found.push_back(bus);
    there += (there.empty() ? "" : ", ") + bus + " (" + provider + ")";
  }
  if (found.size() == 1) return found.front();
  if (there.empty())
    throw Error({.thing = wanted,
                 .cause = "is not an NVDIMM bus (this machine has none)",
                 .way_out = "emulate one with 'daxmend vm'"});
  throw Error({.thing = wanted,
               .cause = found.empty() ? "is not an NVDIMM bus of this machine"
                                      : "is the provider of several buses",
               .way_out = "name one of " + there});
}

}  // namespace

KernelBus::KernelBus(const std::string& bus)
    : name_(FindBus(bus)),
      sysfs_(kDevices + name_),
      provider_(Attribute("provider")) {
  if (!fs::exists(sysfs_ + "/nfit/dsm_mask"))
    throw Error({.thing = fmt::format("{} ({})", name_, provider_),
                 .cause = "has no NFIT firmware to ask",
                 .way_out = "name a bus of ACPI's NVDIMM root device"});
  fd_ = FileDescriptor::Open("/dev/ndctl" + name_.substr(strlen("ndbus")),
                             O_RDWR);
}

std::string KernelBus::Attribute(const std::string& name) const {
  try {
    return Line(sysfs_ + "/" + name);
  } catch (const Error&) {
    if (fs::exists(sysfs_)) throw;
    throw Error({.thing = name_, .cause = "has gone away"});
  }
}

uint64_t KernelBus::Functions() {
  return std::stoull(Attribute("nfit/dsm_mask"), nullptr, 0);
}

int KernelBus::Send(unsigned long command, std::string& buffer) {
  const int result = ioctl(fd_.get(), command, buffer.data());
  if (result >= 0) return result;
  const int error = errno;
  if ((error == ENXIO || error == ENODEV) && !fs::exists(sysfs_))
    throw Error({.thing = name_, .cause = "has gone away"});
  if (error == EPERM || error == EACCES)
    throw ErrnoError("ask the firmware of " + name_, error);
  return -error;
}

Answer KernelBus::Call(Function function, std::string_view input,
                       uint32_t room) {
  if (function == Function::kClearError) return ClearError(input);
  nd_cmd_pkg package{};
  package.nd_family = NVDIMM_BUS_FAMILY_NFIT;
  package.nd_command = static_cast<uint32_t>(function);
  package.nd_size_in = static_cast<uint32_t>(input.size());
  package.nd_size_out = room;
  std::string buffer(reinterpret_cast<const char*>(&package), sizeof(package));
  buffer += input;
  buffer.append(room, '\0');
  const int result = Send(ND_IOCTL_CALL, buffer);
  if (result < 0) return {.error = -result, .bytes = "", .size = 0};
  std::memcpy(&package, buffer.data(), sizeof(package));
  return {.error = 0,
          .bytes = buffer.substr(sizeof(package) + input.size(),
                                 std::min(room, package.nd_fw_size)),
          .size = package.nd_fw_size};
}

Answer KernelBus::ClearError(std::string_view input) {
  constexpr size_t kInput = offsetof(nd_cmd_clear_error, status);
  std::string buffer(input.substr(0, kInput));
  buffer.resize(sizeof(nd_cmd_clear_error));
  // What is left of the buffer when the answer was too short to fill it.
  const int left = Send(ND_IOCTL_CLEAR_ERROR, buffer);
  if (left < 0) return {.error = -left, .bytes = "", .size = 0};
  buffer.resize(buffer.size() - std::min<size_t>(static_cast<size_t>(left),
                                                 buffer.size() - kInput));
  return {.error = 0,
          .bytes = buffer.substr(kInput),
          .size = buffer.size() - kInput};
}

std::string KernelBus::Nfit() { return ReadFile(kNfitTable); }

std::vector<std::string> KernelBus::RegionNames() const {
  std::vector<std::string> regions;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(sysfs_, none))
    if (entry.path().filename().string().starts_with("region"))
      regions.push_back(entry.path().filename());
  std::sort(regions.begin(), regions.end());
  return regions;
}

SpaRange KernelBus::Region(const std::string& name) const {
  const uint64_t begin = std::stoull(Attribute(name + "/resource"), nullptr, 0);
  return SpaRange::OfLength(begin, std::stoull(Attribute(name + "/size")));
}

std::vector<SpaRange> KernelBus::Regions() {
  std::vector<SpaRange> regions;
  for (const std::string& name : RegionNames()) regions.push_back(Region(name));
  return regions;
}

std::vector<SpaRange> KernelBus::BadRanges() {
  std::vector<SpaRange> bad;
  for (const std::string& name : RegionNames()) {
    const uint64_t begin = Region(name).begin;
    for (SectorRange sectors :
         ParseBadblocks(ReadFile(sysfs_ + "/" + name + "/badblocks"))) {
      const DeviceRange bytes = ToBytes(sectors);
      bad.push_back({begin + bytes.begin, begin + bytes.end});
    }
  }
  return Normalize(std::move(bad));
}

bool KernelBus::KernelScrubs() const {
  return fs::exists(sysfs_ + "/nfit/scrub") || !fs::exists(sysfs_);
}

// "12+" while one is running, "12" otherwise (scrub_show).
ScrubState KernelBus::Scrub() {
  if (!KernelScrubs()) return {};
  const std::string text = Attribute("nfit/scrub");
  return {.count = std::stoull(text), .busy = text.ends_with('+')};
}

void KernelBus::StartScrub() {
  if (!KernelScrubs()) throw ErrnoError("start a scrub of " + name_, ENOTTY);
  const std::string path = sysfs_ + "/nfit/scrub";
  const FileDescriptor fd = FileDescriptor::Open(path, O_WRONLY);
  // EBUSY: one is running already, which does as well.
  if (write(fd.get(), "1\n", 2) < 0 && errno != EBUSY)
    throw ErrnoError("start a scrub of " + name_, errno);
}

std::chrono::nanoseconds KernelBus::Now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void KernelBus::Sleep(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace daxmend
