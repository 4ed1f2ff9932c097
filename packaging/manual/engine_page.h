// SPDX-License-Identifier: GPL-2.0-only
//
// fio-daxmend(1), from the table by which fio parses the engine's options.
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_ENGINE_PAGE_H_
#define DAXMEND_PACKAGING_MANUAL_ENGINE_PAGE_H_

#include <string>

#include "packaging/manual/roff.h"

namespace daxmend {

// `engine` is the path of the installed engine.
std::string EnginePage(const PageOrigin& origin, const std::string& engine);

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_ENGINE_PAGE_H_
