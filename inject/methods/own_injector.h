// SPDX-License-Identifier: GPL-2.0-only
//
// The device's own injector: of an NVDIMM its firmware, by libndctl ("ndctl").
//
// Thread-safe.

#ifndef DAXMEND_INJECT_METHODS_OWN_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_OWN_INJECTOR_H_

#include "inject/methods/method.h"

namespace daxmend {

InjectionMethod OwnMethod();

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_OWN_INJECTOR_H_
