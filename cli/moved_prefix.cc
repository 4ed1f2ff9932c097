// SPDX-License-Identifier: GPL-2.0-only

#include "cli/moved_prefix.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

#include "core/error.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kVariable[] = "DAXMEND_ROOT";
constexpr char kWayOut[] = "set TMPDIR to another place";

}  // namespace

MovedPrefix::MovedPrefix(const std::optional<Installation>& installation) {
  if (!installation || !installation->Moved() || getenv(kVariable)) return;
  std::string root = fs::temp_directory_path() / "daxmend-root-XXXXXX";
  if (!mkdtemp(root.data())) throw ErrnoError("make " + root, errno, kWayOut);
  root_ = root;
  const std::string link = root_ + installation->named_prefix;
  try {
    fs::create_directories(fs::path(link).parent_path());
    fs::create_directory_symlink(installation->prefix, link);
  } catch (const fs::filesystem_error& e) {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
    throw ErrnoError("make " + link, e.code().value(), kWayOut);
  }
  setenv(kVariable, root_.c_str(), 1);
}

MovedPrefix::~MovedPrefix() {
  if (root_.empty()) return;
  unsetenv(kVariable);
  // Links are removed, not what they lead to.
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

}  // namespace daxmend
