// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/installation.h"

#include <filesystem>

#include "machine/image/install_layout.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string Installation::Program() const {
  return prefix + "/" + kInstalledProgram;
}

std::string Installation::Engine() const {
  return prefix + "/" + kInstalledEngine;
}

std::string Installation::Plugins() const {
  return prefix + "/" + kInstalledPlugins;
}

std::string Installation::Data() const { return prefix + "/" + kInstalledData; }

std::string Installation::Named(const std::string& file) const {
  return named_prefix + file.substr(prefix.size());
}

std::optional<Installation> FindInstallation(const std::string& program) {
  const std::string below = std::string("/") + kInstalledProgram;
  if (!program.ends_with(below)) return {};
  Installation found;
  found.prefix = program.substr(0, program.size() - below.size());
  const std::string named = found.Data() + "/prefix";
  if (!fs::exists(named)) return {};
  found.named_prefix = FirstLine(ReadFile(named));
  return found;
}

std::optional<Installation> ThisInstallation() {
  return FindInstallation(fs::read_symlink("/proc/self/exe"));
}

}  // namespace daxmend
