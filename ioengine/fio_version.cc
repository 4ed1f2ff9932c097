// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/fio_version.h"

#include <cstring>

namespace daxmend {

std::string RefuseFio(const char* built_for, const char* running) {
  if (running != nullptr && std::strcmp(built_for, running) == 0) return "";
  const std::string other =
      running != nullptr ? running : "a fio of unknown version";
  return std::string("daxmend: this engine was built for ") + built_for +
         " and is loaded by " + other + ": build it again where " +
         (running != nullptr ? other : "that fio") +
         " is installed, or with -DFIO_SOURCE_DIR= set to its source tree";
}

}  // namespace daxmend
