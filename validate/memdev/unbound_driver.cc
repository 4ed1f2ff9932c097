// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/unbound_driver.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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

// Throws Error where it cannot be read.
std::string LineOf(const fs::path& file) {
  std::string text = ReadFile(file);
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

}  // namespace

std::vector<MemdevDecoder> DecodersOf(const std::string& memdev,
                                      const CxlPlaces& places) {
  std::vector<MemdevDecoder> decoders;
  for (const auto& port : fs::directory_iterator(places.devices)) {
    if (!port.path().filename().string().starts_with("endpoint")) continue;
    if (fs::canonical(port.path() / "uport").filename() != memdev) continue;
    for (const auto& entry : fs::directory_iterator(port.path())) {
      const std::string name = entry.path().filename();
      // "decoder3.0", and not the port's attribute "decoders_committed".
      if (!name.starts_with("decoder") || !entry.is_directory()) continue;
      MemdevDecoder decoder = {.name = name, .region = "", .bytes = 0};
      // A kernel without regions (CONFIG_CXL_REGION) has no such file.
      if (fs::exists(entry.path() / "region"))
        decoder.region = LineOf(entry.path() / "region");
      const std::string size = LineOf(entry.path() / "size");
      char* end = nullptr;
      decoder.bytes = std::strtoull(size.c_str(), &end, 0);
      if (size.empty() || *end != '\0')
        throw Error({.thing = (entry.path() / "size").string(),
                     .cause = "holds '" + size + "', no number"});
      decoders.push_back(std::move(decoder));
    }
  }
  std::sort(decoders.begin(), decoders.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return decoders;
}

std::string PciAddressOf(const std::string& memdev) {
  std::error_code none;
  const fs::path place =
      fs::canonical(std::string(kCxlDevices) + "/" + memdev, none);
  const std::string address = place.parent_path().filename();
  return none || !fs::exists(kPciDevices + address) ? "" : address;
}

std::vector<std::string> CxlFunctions() {
  std::vector<std::string> all;
  std::error_code none;
  for (const auto& function : fs::directory_iterator(kPciDevices, none)) {
    // PCI class code: memory controller, CXL memory device.
    if (LineOf(function.path() / "class").starts_with("0x0502"))
      all.push_back(function.path().filename());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::string DriverOf(const std::string& address) {
  std::error_code none;
  const fs::path driver =
      fs::canonical(kPciDevices + address + "/driver", none);
  return none ? "" : driver.filename().string();
}

void RequireNoLockdown() {
  std::error_code none;
  // A kernel without it cannot be locked down.
  const std::string lockdown =
      fs::exists(kLockdown, none) ? LineOf(kLockdown) : "";
  if (lockdown.empty() || lockdown.find("[none]") != std::string::npos) return;
  throw Error(
      {.thing = "--direct",
       .cause = "needs the device's registers, and the kernel is locked "
                "down (" +
                lockdown + ")",
       .way_out = "boot without lockdown=, or leave --direct out"});
}

void RequireUnused(const std::string& memdev, bool written,
                   const CxlPlaces& places) try {
  const std::vector<MemdevDecoder> decoders = DecodersOf(memdev, places);
  if (decoders.empty() && written)
    throw Error({.thing = memdev,
                 .cause = "has no decoders that the kernel knows of, so nobody "
                          "can say whether its memory is in use",
                 .way_out = "load cxl_acpi, cxl_port and cxl_mem (see 'cxl "
                            "list -M -E')"});
  for (const MemdevDecoder& decoder : decoders) {
    if (!decoder.region.empty())
      throw Error({.thing = memdev,
                   .cause = "is a part of " + decoder.region,
                   .way_out = "end what uses that, and 'cxl destroy-region "
                              "-f " +
                              decoder.region + "'"});
    // What no region has may be the firmware's, and the system's RAM.
    if (decoder.bytes != 0)
      throw Error({.thing = memdev,
                   .cause = fmt::format("{} maps {} bytes of its window, and "
                                        "belongs to no region: the memory may "
                                        "be in use",
                                        decoder.name, decoder.bytes),
                   .way_out = "have the firmware leave the device alone"});
  }
} catch (const fs::filesystem_error& error) {
  throw Error({.thing = memdev,
               .cause = "nobody can say whether its memory is in use: " +
                        std::string(error.what())});
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
