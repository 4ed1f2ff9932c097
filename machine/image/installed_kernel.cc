// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/installed_kernel.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "machine/image/guest_image.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "vmlinuz-";

// Debian's kernels for any machine. Those for clouds have no NVDIMM driver, and
// real-time ones measure something else.
bool IsGeneralKernel(const std::string& file) {
  return file.starts_with(kPrefix) && file.ends_with("-amd64") &&
         !file.ends_with("-cloud-amd64") && !file.ends_with("-rt-amd64");
}

bool CanRead(const std::string& file) {
  return access(file.c_str(), R_OK) == 0;
}

// modules.dep names every module's file:
// "kernel/drivers/acpi/nfit/nfit.ko.xz:".
bool HasNvdimmDriver(const std::string& tree) {
  const std::string list = tree + "/modules.dep";
  return CanRead(list) &&
         ReadFile(list).find("/nfit/nfit.ko") != std::string::npos;
}

}  // namespace

std::string InstalledKernel(const std::string& boot, const std::string& modules,
                            const std::string& version) {
  std::string newest;
  std::error_code ignored;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(boot, ignored)) {
    const std::string file = entry.path().filename();
    if (!IsGeneralKernel(file) || !CanRead(entry.path())) continue;
    const std::string name = file.substr(sizeof kPrefix - 1);
    if (!version.empty() && !IsVersion(name, version)) continue;
    if (!HasNvdimmDriver(modules + "/" + name)) continue;
    if (newest.empty() || strverscmp(newest.c_str(), name.c_str()) < 0)
      newest = name;
  }
  return newest;
}

}  // namespace daxmend
