// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/unbound_driver.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kCxlDevices[] = "/sys/bus/cxl/devices";
constexpr char kPciDevices[] = "/sys/bus/pci/devices/";
constexpr char kPciDrivers[] = "/sys/bus/pci/drivers/";
constexpr char kLockdown[] = "/sys/kernel/security/lockdown";

void PutText(const std::string& file, const std::string& text,
             const std::string& what) {
  const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || write(fd.get(), text.data(), text.size()) !=
                 static_cast<ssize_t>(text.size()))
    throw ErrnoError(what, errno);
}

std::string FirstLine(const fs::path& file) {
  try {
    std::string text = ReadFile(file);
    text.resize(std::min(text.size(), text.find('\n')));
    return text;
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

std::vector<std::string> RegionsOf(const std::string& memdev) {
  std::vector<std::string> regions;
  std::error_code none;
  for (const auto& port : fs::directory_iterator(kCxlDevices, none)) {
    if (!port.path().filename().string().starts_with("endpoint")) continue;
    if (fs::canonical(port.path() / "uport", none).filename() != memdev)
      continue;
    std::error_code gone;
    for (const auto& decoder : fs::directory_iterator(port.path(), gone))
      if (decoder.path().filename().string().starts_with("decoder"))
        if (const std::string region = FirstLine(decoder.path() / "region");
            !region.empty())
          regions.push_back(region);
  }
  std::sort(regions.begin(), regions.end());
  return regions;
}

std::string PciAddressOf(const std::string& memdev) {
  std::error_code none;
  const fs::path place =
      fs::canonical(std::string(kCxlDevices) + "/" + memdev, none);
  const std::string address = place.parent_path().filename();
  if (none || !fs::exists(kPciDevices + address))
    throw Error({.thing = memdev,
                 .cause = "is not a PCI device, and has no registers to ask "
                          "directly",
                 .way_out = "leave --direct out"});
  return address;
}

std::string DriverOf(const std::string& address) {
  std::error_code none;
  const fs::path driver =
      fs::canonical(kPciDevices + address + "/driver", none);
  return none ? "" : driver.filename().string();
}

void RequireNoLockdown() {
  const std::string lockdown = FirstLine(kLockdown);
  if (lockdown.empty() || lockdown.find("[none]") != std::string::npos) return;
  throw Error(
      {.thing = "--direct",
       .cause = "needs the device's registers, and the kernel is locked "
                "down (" +
                lockdown + ")",
       .way_out = "boot without lockdown=, or leave --direct out"});
}

void RequireNoRegion(const std::string& memdev) {
  const std::vector<std::string> regions = RegionsOf(memdev);
  if (regions.empty()) return;
  throw Error({.thing = memdev,
               .cause = "is a part of " + regions.front(),
               .way_out = "end what uses that, and 'cxl destroy-region -f " +
                          regions.front() + "'"});
}

void UnbindDriver(const std::string& address, const std::string& driver) {
  PutText(kPciDrivers + driver + "/unbind", address,
          "take " + driver + " off " + address);
}

void BindDriver(const std::string& address, const std::string& driver) {
  if (!DriverOf(address).empty()) return;
  PutText(kPciDrivers + driver + "/bind", address,
          "give " + address + " back to " + driver);
}

}  // namespace daxmend
