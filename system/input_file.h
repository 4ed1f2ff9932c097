// SPDX-License-Identifier: GPL-2.0-only
//
// Files that users name as input: they may name anything.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_INPUT_FILE_H_
#define DAXMEND_SYSTEM_INPUT_FILE_H_

#include <cstdint>
#include <string>

namespace daxmend {

// The whole content of a regular file, or of a pipe up to its end (a shell's
// <(command)), of at most `most` bytes. A FIFO that nobody has opened for
// writing is empty; it is not waited for. Throws Error for anything else, and
// for what is longer.
std::string ReadInputFile(const std::string& path, uint64_t most);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_INPUT_FILE_H_
