// SPDX-License-Identifier: GPL-2.0-only
//
// The one place that includes fio's headers (cmake/FioSource.cmake finds them).
// They are C: the C++ headers that they or the standard library's own C headers
// would pull in come first, outside of extern "C".

#ifndef DAXMEND_IOENGINE_FIO_H_
#define DAXMEND_IOENGINE_FIO_H_

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

extern "C" {
#include <fio.h>
#include <iolog.h>
#include <optgroup.h>
#include <server.h>
}

// fio's shorthands for what the standard library spells the same.
#undef min
#undef max
#undef swap

// In fio's long structs members that are not named are zeros, as in its own
// engines. Not an option of the compiler: clang 19 has the designated ones in a
// group that a later -Wextra turns on again.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#endif  // DAXMEND_IOENGINE_FIO_H_
