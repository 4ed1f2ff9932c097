// SPDX-License-Identifier: GPL-2.0-only

#include "copy/fault_tolerant_copy.h"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/recovery/poisoned_mapping.h"

#if defined(__x86_64__) && !defined(DAXMEND_PORTABLE_COPY)
#include "copy/copy_x86_64.h"
#endif

namespace daxmend {
namespace {

using Copy = size_t (*)(void*, const void*, size_t);

struct Way {
  std::string name;
  Copy copy;
  size_t unit = 1;  // lengths and targets are multiples of it
};

// For the names of tests, which would hold addresses otherwise.
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

std::vector<Way> Ways() {
  std::vector<Way> ways = {{"Copy", FaultTolerantCopy},
                           {"Store", FaultTolerantStore}};
#if defined(__x86_64__) && !defined(DAXMEND_PORTABLE_COPY)
  ways.push_back({"Sse2", DaxmendCopySse2});
  ways.push_back({"Stream", DaxmendStream, 64});
  if (__builtin_cpu_supports("avx2")) {
    ways.push_back({"Avx", DaxmendCopyAvx});
    ways.push_back({"StreamAvx", DaxmendStreamAvx, 64});
  }
#endif
  return ways;
}

class FaultTolerantCopyTest : public ::testing::TestWithParam<Way> {
 protected:
  FaultTolerantCopyTest() { PrepareFaultTolerantCopy(); }
  size_t Do(void* to, const void* from, size_t length) {
    return GetParam().copy(to, from, length);
  }
  size_t unit() const { return GetParam().unit; }

  // 64 bytes of 0xee around what may be written.
  static constexpr size_t kEdge = 64;
  static constexpr auto kUntouched = std::byte{0xee};
};

class FaultTolerantCopyOverPoison : public FaultTolerantCopyTest {
 protected:
  void SetUp() override {
    if (!KernelPoisonsMappings())
      GTEST_SKIP() << "needs UFFDIO_POISON (Linux 6.6)";
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, FaultTolerantCopyTest,
                         ::testing::ValuesIn(Ways()),
                         [](const auto& at) { return at.param.name; });
INSTANTIATE_TEST_SUITE_P(Ways, FaultTolerantCopyOverPoison,
                         ::testing::ValuesIn(Ways()),
                         [](const auto& at) { return at.param.name; });

TEST_P(FaultTolerantCopyTest, CopiesEveryLengthAndAlignmentAndNothingElse) {
  alignas(64) static std::byte to[8192 + 256];
  std::byte from[8192];
  for (size_t i = 0; i < sizeof from; ++i)
    from[i] = PoisonedMapping::Pattern(i);
  for (size_t length = 0; length < 4700; length += length < 700 ? 1 : 97) {
    if (length % unit() != 0) continue;
    for (size_t shift = 0; shift < 64; shift += shift < 4 ? 1 : 15) {
      if (shift % unit() != 0) continue;
      std::byte* target = to + kEdge + shift;
      const std::byte* source = from + (length + 3 * shift) % 64;
      std::memset(to, static_cast<int>(kUntouched), sizeof to);
      ASSERT_EQ(Do(target, source, length), 0u) << length << " " << shift;
      ASSERT_EQ(std::memcmp(target, source, length), 0)
          << length << " " << shift;
      for (size_t i = 1; i <= kEdge; ++i) {
        ASSERT_EQ(target[-static_cast<ptrdiff_t>(i)], kUntouched) << length;
        ASSERT_EQ(target[length + i - 1], kUntouched) << length;
      }
    }
  }
}

TEST_P(FaultTolerantCopyOverPoison, StopsExactlyWhereTheSourceIsPoisoned) {
  PoisonedMapping mapping(4);
  mapping.Poison(2);
  alignas(64) std::byte to[2 * kPageBytes];
  for (size_t before :
       {0,   1,   7,   8,   15,  16,  17,  31,   33,   63,   64,  65,
        100, 128, 129, 200, 256, 320, 511, 1000, 2047, 2048, 4096})
    for (size_t length :
         {1,   8,   15,  16,  31,  32,  64,   65,   100,  128,
          129, 200, 255, 256, 384, 512, 1000, 2048, 4096, 5000}) {
      if (length <= before || length % unit() != 0) continue;
      const std::byte* source = mapping.page(2) - before;
      const size_t missing = Do(to, source, length);
      // Whole lines are copied or not.
      const size_t copied = unit() == 1 ? before : length - missing;
      ASSERT_EQ(missing, length - copied) << before << " of " << length;
      ASSERT_LE(copied, before);
      ASSERT_LT(before - copied, unit());
      ASSERT_EQ(std::memcmp(to, source, copied), 0) << before << " " << length;
    }
}

TEST_P(FaultTolerantCopyOverPoison, StopsExactlyWhereTheTargetIsPoisoned) {
  std::byte from[2 * kPageBytes];
  for (size_t i = 0; i < sizeof from; ++i)
    from[i] = PoisonedMapping::Pattern(i + 77);
  for (size_t before :
       {0, 1, 16, 33, 63, 64, 65, 128, 129, 200, 256, 1000, 2048, 4096})
    for (size_t length : {1, 16, 64, 100, 128, 129, 256, 384, 2048, 5000}) {
      if (length <= before || length % unit() != 0 || before % unit() != 0)
        continue;
      PoisonedMapping mapping(4);
      mapping.Poison(2);
      std::byte* target = mapping.page(2) - before;
      ASSERT_EQ(Do(target, from, length), length - before)
          << before << " of " << length;
      ASSERT_EQ(std::memcmp(target, from, before), 0) << before;
      // Nothing reached the poisoned page.
      mapping.Heal(2);
      ASSERT_EQ(mapping.page(2)[0], PoisonedMapping::Pattern(2 * kPageBytes));
    }
}

TEST_P(FaultTolerantCopyOverPoison, CopiesAgainAfterThePageWasHealed) {
  PoisonedMapping mapping(2);
  alignas(64) std::byte to[kPageBytes];
  for (int round = 0; round < 3; ++round) {
    mapping.Poison(1);
    EXPECT_EQ(Do(to, mapping.page(1), kPageBytes), kPageBytes);
    mapping.Heal(1);
    EXPECT_EQ(Do(to, mapping.page(1), kPageBytes), 0u);
    EXPECT_EQ(std::memcmp(to, mapping.page(1), kPageBytes), 0);
  }
}

TEST_P(FaultTolerantCopyTest, StopsAtTheEndOfAFileThatWasCutShort) {
  FileDescriptor fd(memfd_create("short", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(fd.get(), kPageBytes), 0);
  auto* at = static_cast<std::byte*>(
      mmap(nullptr, 2 * kPageBytes, PROT_READ, MAP_SHARED, fd.get(), 0));
  alignas(64) std::byte to[2 * kPageBytes];
  EXPECT_EQ(Do(to, at, 2 * kPageBytes), kPageBytes);
  EXPECT_EQ(Do(to, at + kPageBytes, 64), 64u);
  munmap(at, 2 * kPageBytes);
}

TEST_P(FaultTolerantCopyOverPoison, ServesManyThreadsAtOnce) {
  constexpr size_t kThreads = 8;
  PoisonedMapping mapping(2 * kThreads);
  for (size_t i = 0; i < kThreads; ++i) mapping.Poison(2 * i + 1);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      alignas(64) std::byte to[2 * kPageBytes];
      for (int round = 0; round < 300; ++round) {
        if (Do(to, mapping.page(2 * i), 2 * kPageBytes) != kPageBytes ||
            std::memcmp(to, mapping.page(2 * i), kPageBytes) != 0)
          ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// What becomes of faults that are not ours. Each in a process of its own, since
// the handler is installed once.
class ForeignFault : public ::testing::Test {
 protected:
  ForeignFault() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

// An address past the end of its file.
volatile char* Faulting() {
  static void* at = mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED,
                         memfd_create("empty", MFD_CLOEXEC), 0);
  return static_cast<volatile char*>(at);
}

void Install(void (*handler)(int), int flags = 0, int masked = 0) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  if (masked) sigaddset(&action.sa_mask, masked);
  sigaction(SIGBUS, &action, nullptr);
}

void FaultAfterPreparing() {
  PrepareFaultTolerantCopy();
  *Faulting();
}

TEST_F(ForeignFault, KillsWhereThereWasNoHandler) {
  EXPECT_EXIT(
      {
        Install(SIG_DFL);
        FaultAfterPreparing();
      },
      ::testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(
      {
        Install(SIG_DFL);
        PrepareFaultTolerantCopy();
        raise(SIGBUS);
      },
      ::testing::KilledBySignal(SIGBUS), "");
}

TEST_F(ForeignFault, IsNotIgnoredButASignalIs) {
  EXPECT_EXIT(
      {
        Install(SIG_IGN);
        FaultAfterPreparing();
      },
      ::testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(
      {
        Install(SIG_IGN);
        PrepareFaultTolerantCopy();
        raise(SIGBUS);
        _exit(7);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST_F(ForeignFault, ReachesTheHandlerThatWasThereBefore) {
  EXPECT_EXIT(
      {
        struct sigaction action = {};
        action.sa_flags = SA_SIGINFO;
        sigaddset(&action.sa_mask, SIGUSR1);
        action.sa_sigaction = [](int signal, siginfo_t* info, void* context) {
          sigset_t blocked;
          sigprocmask(SIG_SETMASK, nullptr, &blocked);
          const bool right = signal == SIGBUS && info->si_addr == Faulting() &&
                             info->si_code == BUS_ADRERR && context &&
                             sigismember(&blocked, SIGUSR1) == 1;
          _exit(right ? 5 : 6);
        };
        Faulting();
        sigaction(SIGBUS, &action, nullptr);
        FaultAfterPreparing();
      },
      ::testing::ExitedWithCode(5), "");
  EXPECT_EXIT(
      {
        Install([](int) { _exit(8); });
        FaultAfterPreparing();
      },
      ::testing::ExitedWithCode(8), "");
}

TEST_F(ForeignFault, CanBeJumpedOutOfAndCopiesStillWork) {
  EXPECT_EXIT(
      {
        static sigjmp_buf jump;
        Install([](int) { siglongjmp(jump, 1); });
        PrepareFaultTolerantCopy();
        if (sigsetjmp(jump, 1) == 0) *Faulting();
        char to[64];
        _exit(FaultTolerantCopy(to, const_cast<char*>(Faulting()), 64) == 64
                  ? 9
                  : 10);
      },
      ::testing::ExitedWithCode(9), "");
}

}  // namespace
}  // namespace daxmend
