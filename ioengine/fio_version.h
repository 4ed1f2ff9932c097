// SPDX-License-Identifier: GPL-2.0-only
//
// Is this the fio the engine was built for? fio's own check, FIO_IOOPS_VERSION,
// does not tell: 3.41 and 3.42 share a number and differ in their structs. So
// the engine compares version strings when it is loaded, before it touches
// anything whose layout could differ.

#ifndef DAXMEND_IOENGINE_FIO_VERSION_H_
#define DAXMEND_IOENGINE_FIO_VERSION_H_

#include <string>

namespace daxmend {

// Why the engine built for `built_for` ("fio-3.33") must not be used by the fio
// that calls itself `running` (null where it does not say), in one line; empty
// when it may.
std::string RefuseFio(const char* built_for, const char* running);

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_FIO_VERSION_H_
