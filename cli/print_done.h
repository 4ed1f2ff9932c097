// SPDX-License-Identifier: GPL-2.0-only
//
// Printing what has been done to the media already.

#ifndef DAXMEND_CLI_PRINT_DONE_H_
#define DAXMEND_CLI_PRINT_DONE_H_

#include <string>

#include "core/error.h"
#include "results/standard_output.h"

namespace daxmend {

// As PrintOut; where that fails, the Error also says what is done nevertheless
// ("the sectors are cleared anyway").
inline void PrintDone(const std::string& text,
                      const std::string& nevertheless) {
  try {
    PrintOut(text);
  } catch (const Error& e) {
    throw ErrnoError(e.parts().thing, e.code(), nevertheless);
  }
}

}  // namespace daxmend

#endif  // DAXMEND_CLI_PRINT_DONE_H_
