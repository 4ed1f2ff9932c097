// SPDX-License-Identifier: GPL-2.0-only
//
// The same of many hosts, some at a time.

#ifndef DAXMEND_RESULTS_HOSTS_IN_PARALLEL_H_
#define DAXMEND_RESULTS_HOSTS_IN_PARALLEL_H_

#include <cstddef>
#include <functional>
#include <string>

namespace daxmend {

// Calls `each` with 0 to `count` - 1, in up to 16 threads, and returns when all
// have returned. Every two seconds stderr says "DOING: 12 of 40 hosts". `each`
// must not throw.
void InParallel(size_t count, const std::string& doing,
                const std::function<void(size_t)>& each);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_IN_PARALLEL_H_
