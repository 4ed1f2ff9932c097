// SPDX-License-Identifier: GPL-2.0-only
//
// Room for the descriptors that a run needs (RLIMIT_NOFILE).
//
// For one thread, before jobs start: limits are the process's.

#ifndef DAXMEND_SYSTEM_LIMITS_DESCRIPTOR_LIMIT_H_
#define DAXMEND_SYSTEM_LIMITS_DESCRIPTOR_LIMIT_H_

#include <cstdint>

namespace daxmend {

// A limit with which `needed` descriptors can be open beside what fio, its
// libraries and the watch over the list of bad sectors have.
uint64_t DescriptorsWanted(uint64_t needed);

// Raises the soft limit to `wanted` if it is below it, as far as the hard one
// lets it. Returns the limit there is then.
uint64_t RaiseDescriptorLimit(uint64_t wanted);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_LIMITS_DESCRIPTOR_LIMIT_H_
