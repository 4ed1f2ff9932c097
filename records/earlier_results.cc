// SPDX-License-Identifier: GPL-2.0-only

#include "records/earlier_results.h"

#include <cerrno>
#include <cstdio>

#include "core/error.h"

namespace daxmend {

std::string PreviousName(const std::string& path) { return path + ".previous"; }

void SetAside(const std::string& path) {
  if (std::rename(path.c_str(), PreviousName(path).c_str()) != 0 &&
      errno != ENOENT)
    throw ErrnoError(
        "rename " + path + " of an earlier run to " + PreviousName(path),
        errno);
}

}  // namespace daxmend
