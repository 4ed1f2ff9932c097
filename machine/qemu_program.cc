// SPDX-License-Identifier: GPL-2.0-only

#include "machine/qemu_program.h"

#include <fmt/core.h>

#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

bool IsVersion(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("0123456789.") == std::string::npos;
}

// Whether `version` is `prefix` or goes on behind it with another part.
bool Begins(const std::string& version, const std::string& prefix) {
  return version == prefix || version.starts_with(prefix + ".");
}

}  // namespace

std::string FindQemu(const std::string& fetched, const std::string& qemu) {
  if (!IsVersion(qemu)) return qemu;
  std::string program;
  std::string newest;
  std::string there;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fetched, none)) {
    const fs::path file = entry.path() / "version";
    if (!fs::exists(file)) continue;
    std::string version;
    std::istringstream(ReadFile(file.string())) >> version;
    there += " " + version;
    if (!Begins(version, qemu) ||
        strverscmp(version.c_str(), newest.c_str()) < 0)
      continue;
    newest = version;
    program = (entry.path() / "qemu-system-x86_64").string();
  }
  if (program.empty())
    throw Error({.thing = "QEMU " + qemu,
                 .cause = fmt::format("was not fetched (there is{})",
                                      there.empty() ? " none" : there),
                 .way_out =
                     "fetch it with './quickstart qemu', or give --qemu a "
                     "program"});
  return program;
}

}  // namespace daxmend
