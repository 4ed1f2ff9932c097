// SPDX-License-Identifier: GPL-2.0-only

#include "core/error.h"

#include <system_error>

namespace daxmend {

Error ErrnoError(const std::string& what, int error) {
  return Error(what + ": " + std::generic_category().message(error), error);
}

}  // namespace daxmend
