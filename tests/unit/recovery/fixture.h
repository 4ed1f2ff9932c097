// SPDX-License-Identifier: GPL-2.0-only
//
// A recovery of a file on imaginary media, and what its file must hold
// afterwards.

#ifndef DAXMEND_TESTS_UNIT_RECOVERY_FIXTURE_H_
#define DAXMEND_TESTS_UNIT_RECOVERY_FIXTURE_H_

#include <gtest/gtest.h>

#include <vector>

#include "recovery/recovery.h"
#include "tests/unit/recovery/fake_media.h"

namespace daxmend {

inline constexpr uint64_t kPage = kPageBytes;
inline constexpr uint64_t kSector = kSectorBytes;
inline constexpr std::byte kFresh{0xA5};

// Advances by one at each look, so that times say how often it was read.
inline uint64_t TickingClock() {
  static uint64_t now = 0;
  return ++now;
}

class RecoveryTest : public ::testing::Test {
 protected:
  // As an engine does it: the plain I/O first, recovery when it fails or
  // stops short.
  Outcome Read(uint64_t offset, size_t length) {
    buffer.assign(length, std::byte{0});
    const ssize_t n = media.ReadFile(offset, buffer);
    EXPECT_NE(n, static_cast<ssize_t>(length))
        << "there was nothing to recover";
    return recovery.Read(offset, buffer, n);
  }
  Outcome Write(uint64_t offset, size_t length) {
    buffer.assign(length, kFresh);
    const ssize_t n = media.WriteFile(offset, buffer);
    EXPECT_NE(n, static_cast<ssize_t>(length))
        << "there was nothing to recover";
    media.written.clear();
    return recovery.Write(offset, buffer, n);
  }

  // Every byte of the file below `end` is what it was, but for `lost`, which is
  // zeros, and `fresh`, which was written.
  void ExpectContent(FileRange fresh, std::vector<FileRange> lost = {}) {
    for (uint64_t i = 0; i < media.size; ++i) {
      std::byte expected = FakeMedia::Original(i);
      for (FileRange zeros : lost)
        if (zeros.Contains(i)) expected = std::byte{0};
      if (fresh.Contains(i)) expected = kFresh;
      ASSERT_EQ(media.At(i), expected) << "at byte " << i;
    }
  }
  void TakeBackup(uint64_t length) {
    for (uint64_t i = 0; i < length; ++i)
      media.backup.push_back(FakeMedia::Original(i));
  }

  FakeMedia media;
  Recovery recovery{&media, TickingClock};
  std::vector<std::byte> buffer;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECOVERY_FIXTURE_H_
