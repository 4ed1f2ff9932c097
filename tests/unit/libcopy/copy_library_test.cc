// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "libcopy/daxmend_copy.h"
#include "tests/unit/recovery/poisoned_mapping.h"

namespace daxmend {
namespace {

// A mapped page of an empty file: every access is a fault (BUS_ADRERR).
class EmptyMapping {
 public:
  explicit EmptyMapping(size_t pages = 1)
      : size_(pages * kPageBytes), fd_(memfd_create("empty", MFD_CLOEXEC)) {
    at_ =
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    EXPECT_NE(at_, MAP_FAILED);
  }
  ~EmptyMapping() { munmap(at_, size_); }
  EmptyMapping(const EmptyMapping&) = delete;
  EmptyMapping& operator=(const EmptyMapping&) = delete;

  char* begin() const { return static_cast<char*>(at_); }
  size_t size() const { return size_; }

 private:
  size_t size_;
  FileDescriptor fd_;
  void* at_;
};

class CopyLibrary : public testing::Test {
 protected:
  CopyLibrary() { EXPECT_EQ(daxmend_copy_init(), 0); }
};

int Refuse(const daxmend_copy_fault*, siginfo_t*, void*, void* data) {
  ++*static_cast<std::atomic<int>*>(data);
  return 0;
}

// Maps memory where there was none; counts.
int MapMemory(const daxmend_copy_fault* fault, siginfo_t*, void*, void* data) {
  ++*static_cast<std::atomic<int>*>(data);
  void* page = reinterpret_cast<void*>(
      reinterpret_cast<uintptr_t>(fault->address) & ~(kPageBytes - 1));
  return mmap(page, kPageBytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

TEST_F(CopyLibrary, ReturnsHowMuchItDidNotGet) {
  char to[kPageBytes], from[kPageBytes];
  std::memset(from, 'a', sizeof from);
  EXPECT_EQ(daxmend_copy(to, from, sizeof to), 0u);
  EXPECT_EQ(std::memcmp(to, from, sizeof to), 0);
  EXPECT_EQ(daxmend_copy_durable(to, from, 100), 0u);
  const EmptyMapping empty;
  EXPECT_EQ(daxmend_copy(to, empty.begin() + 1, 10), 10u);
  EXPECT_EQ(daxmend_copy(empty.begin(), from, 10), 10u);
  EXPECT_EQ(daxmend_copy_durable(empty.begin(), from, 64), 64u);
}

TEST_F(CopyLibrary, SaysWhereItStopped) {
  const EmptyMapping empty;
  char to[8];
  EXPECT_EQ(daxmend_copy(to, empty.begin() + 16, 8), 8u);
  const daxmend_copy_fault fault = daxmend_copy_last_fault();
  EXPECT_EQ(fault.address, empty.begin() + 16);
  EXPECT_EQ(fault.length, 1u);
  EXPECT_EQ(fault.error, EFAULT);
}

TEST_F(CopyLibrary, KnowsBadMemory) {
  if (!KernelPoisonsMappings()) GTEST_SKIP() << "needs UFFDIO_POISON";
  PoisonedMapping mapping(3);
  mapping.Poison(1);
  std::vector<std::byte> to(3 * kPageBytes);
  EXPECT_EQ(daxmend_copy(to.data(), mapping.begin(), to.size()),
            2 * kPageBytes);
  EXPECT_TRUE(std::equal(to.begin(), to.begin() + kPageBytes, mapping.begin()));
  const daxmend_copy_fault fault = daxmend_copy_last_fault();
  // A kernel without CONFIG_MEMORY_FAILURE calls it BUS_ADRERR.
  EXPECT_THAT(fault.error, testing::AnyOf(EHWPOISON, EFAULT));
  EXPECT_EQ(fault.length, fault.error == EHWPOISON ? kPageBytes : 1u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(fault.address) & ~(kPageBytes - 1),
            reinterpret_cast<uintptr_t>(mapping.page(1)));
}

TEST_F(CopyLibrary, AsksHandlersFromTheNewestOn) {
  std::atomic<int> oldest{0}, middle{0}, newest{0};
  ASSERT_EQ(daxmend_copy_add_handler(Refuse, &oldest), 0);
  ASSERT_EQ(daxmend_copy_add_handler(MapMemory, &middle), 0);
  ASSERT_EQ(daxmend_copy_add_handler(Refuse, &newest), 0);
  const EmptyMapping empty(2);
  *static_cast<volatile char*>(empty.begin()) = 1;
  EXPECT_EQ(newest, 1);
  EXPECT_EQ(middle, 1);
  EXPECT_EQ(oldest, 0) << "the one before it had dealt with it";
  char to[8];
  EXPECT_EQ(daxmend_copy(to, empty.begin() + kPageBytes, 8), 8u);
  EXPECT_EQ(newest, 1) << "a copy's fault is nobody else's";
  EXPECT_EQ(daxmend_copy_remove_handler(MapMemory, &middle), 0);
  EXPECT_EQ(daxmend_copy_remove_handler(MapMemory, &middle), -ENOENT);
  // A place that became free goes to the newest.
  ASSERT_EQ(daxmend_copy_add_handler(MapMemory, &middle), 0);
  *static_cast<volatile char*>(empty.begin() + kPageBytes) = 1;
  EXPECT_EQ(middle, 2);
  EXPECT_EQ(newest, 1);
  for (auto [handler, data] :
       {std::pair(&Refuse, &oldest), {&MapMemory, &middle}, {&Refuse, &newest}})
    EXPECT_EQ(daxmend_copy_remove_handler(handler, data), 0);
}

TEST_F(CopyLibrary, HasRoomForSixteenHandlers) {
  std::atomic<int> data[17];
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(daxmend_copy_add_handler(Refuse, &data[i]), 0);
  EXPECT_EQ(daxmend_copy_add_handler(Refuse, &data[16]), -ENOSPC);
  EXPECT_EQ(daxmend_copy_add_handler(Refuse, &data[3]), -EEXIST);
  EXPECT_EQ(daxmend_copy_add_handler(nullptr, nullptr), -EINVAL);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(daxmend_copy_remove_handler(Refuse, &data[i]), 0);
}

// Of SIGBUS, or, where one was there before, in a sanitizer's handler.
bool Died(int status) {
#ifdef DAXMEND_INSTRUMENTED
  if (WIFEXITED(status)) return WEXITSTATUS(status) != 0;
#endif
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

TEST_F(CopyLibrary, PassesOnWhatNobodyDealsWith) {
  EXPECT_EXIT(
      {
        std::atomic<int> asked{0};
        daxmend_copy_add_handler(Refuse, &asked);
        const EmptyMapping empty;
        *static_cast<volatile char*>(empty.begin()) = 1;
      },
      Died, "");
}

TEST_F(CopyLibrary, AHandlerMayJump) {
  static sigjmp_buf jump;
  std::atomic<int> unused{0};
  const auto handler = [](const daxmend_copy_fault*, siginfo_t*, void*,
                          void*) -> int { siglongjmp(jump, 1); };
  ASSERT_EQ(daxmend_copy_add_handler(handler, &unused), 0);
  const EmptyMapping empty;
  if (sigsetjmp(jump, 1) == 0) {
    *static_cast<volatile char*>(empty.begin()) = 1;
    FAIL() << "no fault";
  }
  char to[8];
  EXPECT_EQ(daxmend_copy(to, empty.begin(), 8), 8u);
  EXPECT_EQ(daxmend_copy_remove_handler(handler, &unused), 0);
}

TEST_F(CopyLibrary, TellsWhenItsHandlerWasReplaced) {
  EXPECT_EQ(daxmend_copy_check(), 0);
  struct sigaction before, other = {};
  other.sa_handler = SIG_DFL;
  sigaction(SIGBUS, &other, &before);
  EXPECT_EQ(daxmend_copy_check(), -EBUSY);
  sigaction(SIGBUS, &before, nullptr);
  EXPECT_EQ(daxmend_copy_check(), 0);
}

TEST_F(CopyLibrary, RecordsTheFaultsOfAStretch) {
  const EmptyMapping empty(4);
  daxmend_copy_ring* ring =
      daxmend_copy_ring_new(empty.begin() + kPageBytes, 2 * kPageBytes, 3);
  ASSERT_TRUE(ring);
  char to[8];
  for (size_t page = 0; page < 4; ++page)
    EXPECT_EQ(daxmend_copy(to, empty.begin() + page * kPageBytes, 8), 8u);
  // Of other code, too.
  std::atomic<int> mapped{0};
  ASSERT_EQ(daxmend_copy_add_handler(MapMemory, &mapped), 0);
  *static_cast<volatile char*>(empty.begin() + kPageBytes + 5) = 1;
  EXPECT_EQ(daxmend_copy_remove_handler(MapMemory, &mapped), 0);
  daxmend_copy_record records[8];
  ASSERT_EQ(daxmend_copy_ring_take(ring, records, 8), 3u);
  EXPECT_EQ(records[0].address, empty.begin() + kPageBytes);
  EXPECT_EQ(records[1].address, empty.begin() + 2 * kPageBytes);
  EXPECT_EQ(records[2].address, empty.begin() + kPageBytes + 5);
  for (const auto& record : {records[0], records[1], records[2]}) {
    EXPECT_EQ(record.error, EFAULT);
    EXPECT_EQ(record.length, 1u);
    EXPECT_EQ(record.thread, static_cast<pid_t>(syscall(SYS_gettid)));
  }
  EXPECT_LE(records[0].when, records[1].when);
  EXPECT_LE(records[1].when, records[2].when);
  EXPECT_EQ(daxmend_copy_ring_take(ring, records, 8), 0u);
  // Made four; what then comes is lost, and counted.
  for (int i = 0; i < 7; ++i)
    EXPECT_EQ(daxmend_copy(to, empty.begin() + 2 * kPageBytes, 8), 8u);
  EXPECT_EQ(daxmend_copy_ring_lost(ring), 3u);
  EXPECT_EQ(daxmend_copy_ring_take(ring, records, 2), 2u);
  EXPECT_EQ(daxmend_copy(to, empty.begin() + 2 * kPageBytes, 8), 8u);
  EXPECT_EQ(daxmend_copy_ring_take(ring, records, 8), 3u);
  daxmend_copy_ring_free(ring);
  EXPECT_EQ(daxmend_copy(to, empty.begin() + 2 * kPageBytes, 8), 8u);
}

TEST_F(CopyLibrary, RefusesRingsThatCannotBe) {
  char memory[8];
  for (auto [length, records] : {std::pair<size_t, size_t>{0, 1},
                                 {8, 0},
                                 {8, (1 << 20) + 1},
                                 {SIZE_MAX, 1}}) {
    errno = 0;
    EXPECT_EQ(daxmend_copy_ring_new(memory, length, records), nullptr);
    EXPECT_EQ(errno, EINVAL);
  }
  std::vector<daxmend_copy_ring*> rings;
  for (int i = 0; i < 64; ++i)
    rings.push_back(daxmend_copy_ring_new(memory, sizeof memory, 1));
  EXPECT_EQ(std::count(rings.begin(), rings.end(), nullptr), 0);
  EXPECT_EQ(daxmend_copy_ring_new(memory, sizeof memory, 1), nullptr);
  EXPECT_EQ(errno, ENOSPC);
  for (daxmend_copy_ring* ring : rings) daxmend_copy_ring_free(ring);
  daxmend_copy_ring_free(nullptr);
}

TEST_F(CopyLibrary, WorksOnAnAlternateStack) {
  std::thread([] {
    std::vector<char> stack(64 << 10);
    stack_t alternate = {};
    alternate.ss_sp = stack.data();
    alternate.ss_size = stack.size();
    ASSERT_EQ(sigaltstack(&alternate, nullptr), 0);
    static std::atomic<char*> where;
    const auto handler = [](const daxmend_copy_fault* fault, siginfo_t* info,
                            void* context, void* data) {
      char here;
      where = &here;
      return MapMemory(fault, info, context, data);
    };
    std::atomic<int> mapped{0};
    ASSERT_EQ(daxmend_copy_add_handler(handler, &mapped), 0);
    const EmptyMapping empty;
    char to[8];
    EXPECT_EQ(daxmend_copy(to, empty.begin(), 8), 8u);
    *static_cast<volatile char*>(empty.begin()) = 1;
    EXPECT_EQ(mapped, 1);
#ifndef DAXMEND_INSTRUMENTED  // which has stacks of its own
    EXPECT_GE(where.load(), stack.data());
    EXPECT_LT(where.load(), stack.data() + stack.size());
#endif
    EXPECT_EQ(daxmend_copy_remove_handler(handler, &mapped), 0);
    alternate.ss_flags = SS_DISABLE;
    sigaltstack(&alternate, nullptr);
  }).join();
}

TEST_F(CopyLibrary, WorksInAChild) {
  const EmptyMapping empty;
  daxmend_copy_ring* ring = daxmend_copy_ring_new(empty.begin(), 8, 4);
  const pid_t child = fork();
  if (child == 0) {
    char to[8];
    daxmend_copy_record record;
    const bool right = daxmend_copy(to, empty.begin(), 8) == 8 &&
                       daxmend_copy_ring_take(ring, &record, 1) == 1 &&
                       record.thread == getpid();
    _exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  daxmend_copy_record record;
  EXPECT_EQ(daxmend_copy_ring_take(ring, &record, 1), 0u);
  daxmend_copy_ring_free(ring);
}

TEST_F(CopyLibrary, LosesNoRecordOfEightThreads) {
  constexpr size_t kThreads = 8, kFaults = 500;
  const EmptyMapping empty(kThreads);
  daxmend_copy_ring* ring =
      daxmend_copy_ring_new(empty.begin(), empty.size(), 256);
  ASSERT_TRUE(ring);
  std::atomic<size_t> ended{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      char to[64], from[64] = {};
      for (size_t n = 0; n < kFaults; ++n) {
        EXPECT_EQ(daxmend_copy(to, empty.begin() + i * kPageBytes, 64), 64u);
        EXPECT_EQ(daxmend_copy(to, from, 64), 0u);
      }
      ++ended;
    });
  // Handlers come and go meanwhile.
  std::thread changes([&] {
    std::atomic<int> unused{0};
    while (ended != kThreads) {
      EXPECT_EQ(daxmend_copy_add_handler(Refuse, &unused), 0);
      EXPECT_EQ(daxmend_copy_remove_handler(Refuse, &unused), 0);
    }
  });
  size_t taken[kThreads] = {}, all = 0;
  const auto take = [&] {
    daxmend_copy_record records[16];
    const size_t n = daxmend_copy_ring_take(ring, records, 16);
    for (size_t i = 0; i < n; ++i)
      ++taken[static_cast<size_t>(static_cast<const char*>(records[i].address) -
                                  empty.begin()) /
              kPageBytes];
    all += n;
    return n;
  };
  while (ended != kThreads) take();
  while (take() != 0) {
  }
  for (std::thread& thread : threads) thread.join();
  changes.join();
  EXPECT_EQ(all + daxmend_copy_ring_lost(ring), kThreads * kFaults);
  for (size_t n : taken) EXPECT_LE(n, kFaults);
  daxmend_copy_ring_free(ring);
}

}  // namespace
}  // namespace daxmend
