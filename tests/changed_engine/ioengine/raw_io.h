// SPDX-License-Identifier: GPL-2.0-only
//
// Found before the engine's own raw_io.h when fio-daxmend-changed is built: the
// same calls, each with what a careless change would add to it. Three
// instructions (a load, a test, a branch that is not taken), and, where the
// environment has DAXMEND_ADDED_ROUNDS=N, N rounds of an empty loop, to make
// it slower by as much as one likes. What the gates must see is tried with
// this; nothing of it is in the engine.

#ifndef DAXMEND_TESTS_CHANGED_ENGINE_RAW_IO_H_
#define DAXMEND_TESTS_CHANGED_ENGINE_RAW_IO_H_

#define RawRead UnchangedRawRead
#define RawWrite UnchangedRawWrite
#include "../../../ioengine/raw_io.h"
#undef RawRead
#undef RawWrite

#include <cstdlib>

namespace daxmend {

inline volatile unsigned long added_rounds = [] {
  const char* text = std::getenv("DAXMEND_ADDED_ROUNDS");
  return text ? std::strtoul(text, nullptr, 10) : 0;
}();

inline void AddedWork() {
  for (unsigned long i = added_rounds; i > 0; --i) asm volatile("");
}

// Kept out of line, so that the branch is all there is in line.
[[gnu::noinline, gnu::cold]] inline ssize_t SlowRead(int fd, void* to,
                                                     size_t length,
                                                     uint64_t offset) {
  AddedWork();
  return UnchangedRawRead(fd, to, length, offset);
}

[[gnu::noinline, gnu::cold]] inline ssize_t SlowWrite(int fd, const void* from,
                                                      size_t length,
                                                      uint64_t offset) {
  AddedWork();
  return UnchangedRawWrite(fd, from, length, offset);
}

inline ssize_t RawRead(int fd, void* to, size_t length, uint64_t offset) {
  if (added_rounds != 0) [[unlikely]]
    return SlowRead(fd, to, length, offset);
  return UnchangedRawRead(fd, to, length, offset);
}

inline ssize_t RawWrite(int fd, const void* from, size_t length,
                        uint64_t offset) {
  if (added_rounds != 0) [[unlikely]]
    return SlowWrite(fd, from, length, offset);
  return UnchangedRawWrite(fd, from, length, offset);
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_CHANGED_ENGINE_RAW_IO_H_
