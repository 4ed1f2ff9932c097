// SPDX-License-Identifier: GPL-2.0-only

#include "machine/plugin_file.h"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

#include "core/error.h"
#include "machine/image/installation.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// The version of the plugin interface that QEMU MAJOR.MINOR takes; 0: none of
// ours. (QEMU's include/qemu-plugin.h has QEMU_PLUGIN_VERSION, and
// plugins/plugin.h the least.)
int InterfaceOf(int major, int minor) {
  if (major < 6 || major == 9) return 0;
  if (major < 9) return 1;
  if (major == 10 || (major == 11 && minor == 0)) return 4;
  return 7;
}

}  // namespace

std::string FindPlugin(const std::string& name, const std::string& version) {
  int major = 0, minor = 0;
  std::sscanf(version.c_str(), "%d.%d", &major, &minor);
  const int interface = InterfaceOf(major, minor);
  if (interface == 0)
    throw Error({.thing = "QEMU " + version,
                 .cause = "has an interface for plugins that daxmend does not "
                          "know (6.0 to 8.2, 10 and 11 are known)",
                 .way_out = "name another with --qemu"});
  const std::string base = fmt::format("{}-{}.so", name, interface);
  const auto installation = ThisInstallation();
  std::string file = installation
                         ? installation->Plugins() + "/" + base
                         : (fs::read_symlink("/proc/self/exe").parent_path() /
                            "plugins" / base)
                               .string();
  if (!fs::exists(file))
    throw Error({.thing = file,
                 .cause = "is missing",
                 .way_out = "build it with './quickstart build'"});
  return file;
}

}  // namespace daxmend
