// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/memdev_poison.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "core/text.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr char kInject[] = "inject_poison";
// What Identify Memory Device says of them (machine/cxl/memory_commands.cc).
constexpr char kQemu[] = "BWFW VERSION 00";
constexpr char kOurs[] = "daxmend 1";
constexpr char kClear[] = "clear_poison";

int Put(const std::string& memdev, const char* name, uint64_t dpa,
        const CxlPlaces& places) {
  const std::string file = places.debug + "/" + memdev + "/" + name;
  const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return -errno;
  const std::string text = Hexadecimal(dpa);
  ssize_t n;
  do {
    n = write(fd.get(), text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(text.size()) ? 0 : n < 0 ? -errno : -EIO;
}

}  // namespace

int InjectCxlLine(const std::string& memdev, uint64_t dpa,
                  const CxlPlaces& places) {
  return Put(memdev, kInject, dpa, places);
}

int ClearCxlLine(const std::string& memdev, uint64_t dpa,
                 const CxlPlaces& places) {
  return Put(memdev, kClear, dpa, places);
}

std::string WhyNoCxlInjection(const std::string& memdev,
                              const CxlPlaces& places) {
  const std::string file = places.debug + "/" + memdev + "/" + kInject;
  if (access(file.c_str(), W_OK) == 0) return "";
  if (errno == EACCES) return "debugfs is closed to all but root";
  if (errno == EPERM) return "the kernel is locked down";
  return memdev + " has no " + file +
         " (no debugfs, a kernel before 6.4, or a device that cannot inject)";
}

bool IsEmulatedCxl(const std::string& firmware) {
  return firmware == kQemu || firmware == kOurs;
}

uint64_t MostCxlRecords(const std::string& firmware) {
  return firmware == kQemu ? 126 : UINT64_MAX;
}

}  // namespace daxmend
