// SPDX-License-Identifier: GPL-2.0-only

#include "validate/firmware_bus.h"

namespace daxmend {

const char* FunctionName(Function function) {
  switch (function) {
    case Function::kArsCapabilities:
      return "Query ARS Capabilities";
    case Function::kStartArs:
      return "Start ARS";
    case Function::kArsStatus:
      return "Query ARS Status";
    case Function::kClearError:
      return "Clear Uncorrectable Error";
    case Function::kTranslateSpa:
      return "Translate SPA";
    case Function::kInject:
      return "ARS Error Inject";
    case Function::kInjectClear:
      return "ARS Error Inject Clear";
    case Function::kInjectStatus:
      return "ARS Error Inject Status Query";
  }
  return "";
}

}  // namespace daxmend
