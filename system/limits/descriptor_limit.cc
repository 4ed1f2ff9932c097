// SPDX-License-Identifier: GPL-2.0-only

#include "system/limits/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace daxmend {

uint64_t DescriptorsWanted(uint64_t needed) { return needed + 64; }

uint64_t RaiseDescriptorLimit(uint64_t wanted) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (limit.rlim_cur <= before) return before;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace daxmend
