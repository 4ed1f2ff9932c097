// SPDX-License-Identifier: GPL-2.0-only

#include "system/own_descriptors.h"

#include <unistd.h>

#include <algorithm>

namespace daxmend {

void KeepOnlyDescriptors(std::vector<int> fds) {
  std::sort(fds.begin(), fds.end());
  const auto last = static_cast<unsigned>(fds.back());
  if (close_range(last + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0) return;
  unsigned next = 0;
  for (int fd : fds) {
    const auto kept = static_cast<unsigned>(fd);
    if (next < kept) close_range(next, kept - 1, 0);
    next = kept + 1;
  }
}

}  // namespace daxmend
