// SPDX-License-Identifier: GPL-2.0-only

#include "results/standard_output.h"

#include <cerrno>
#include <cstdio>

#include "core/error.h"

namespace daxmend {

void PrintOut(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      std::fflush(stdout) != 0)
    throw ErrnoError("write to standard output", errno);
}

}  // namespace daxmend
