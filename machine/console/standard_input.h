// SPDX-License-Identifier: GPL-2.0-only
//
// How the host's standard input becomes COMMAND's. Under the virtual clock, and
// where the guest may boot more than once, COMMAND gets a file that is complete
// before the guest starts: when bytes come must not matter, and every boot
// begins at the first one. Otherwise what comes while COMMAND runs is passed on
// (input_stream.h), as ssh does it.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_STANDARD_INPUT_H_
#define DAXMEND_MACHINE_CONSOLE_STANDARD_INPUT_H_

#include <functional>
#include <string>

#include "machine/machine.h"

namespace daxmend {

enum class InputWay {
  kNone,    // /dev/null, closed, not open for reading: COMMAND gets /dev/null
  kWhole,   // read to its end before the guest starts
  kStream,  // passed on as it comes
};

// The way of `fd`. A regular file is always read whole. A terminal has no end
// to wait for: where it cannot be passed on, COMMAND gets nothing of it.
InputWay ChooseInput(int fd, Clock clock, unsigned boots);

// Reads `fd` from where it is to its end. Calls `waiting` once, when nothing
// has come for two seconds. Throws Error for what cannot be read, for more than
// a gibibyte, and when nothing has come for `timeout` seconds.
std::string ReadInput(int fd, unsigned timeout,
                      const std::function<void()>& waiting);

// Opens /dev/null in the place of a standard descriptor that is closed: another
// file that gets its number would be taken for it.
void HoldStandardDescriptors();

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_STANDARD_INPUT_H_
