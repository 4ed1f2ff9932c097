// SPDX-License-Identifier: GPL-2.0-only
//
// Threads that recover in one mapped file: what the engine does about a fault
// (the file is asked instead, and the page forgotten), with poison that is the
// mapping's (userfaultfd). Run under ThreadSanitizer, too.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "copy/mapped_file.h"
#include "recovery/file_media.h"
#include "recovery/recovery.h"
#include "system/file_descriptor.h"
#include "tests/unit/recovery/poisoned_mapping.h"

namespace daxmend {
namespace {

uint64_t NoTime() { return 0; }

class MappedConcurrency : public ::testing::Test {
 protected:
  static constexpr size_t kPages = 64;

  MappedConcurrency() : fd_(memfd_create("concurrent", MFD_CLOEXEC)) {
    std::vector<std::byte> content(kPages * kPageBytes);
    for (size_t i = 0; i < content.size(); ++i)
      content[i] = PoisonedMapping::Pattern(i);
    EXPECT_EQ(write(fd_.get(), content.data(), content.size()),
              static_cast<ssize_t>(content.size()));
  }
  void SetUp() override {
    if (!KernelPoisonsMappings()) GTEST_SKIP() << "needs Linux 6.6";
  }
  std::string Path() const {
    return "/proc/self/fd/" + std::to_string(fd_.get());
  }
  MappedFile Map() {
    return MappedFile({.fd = fd_.get(), .path = "mapped", .writable = true});
  }
  static void Poison(const MappedFile& mapping, size_t page) {
    PoisonMappedPages(mapping.bytes().subspan(page * kPageBytes, kPageBytes));
  }
  static bool IsPattern(const std::byte* bytes, size_t offset, size_t length) {
    for (size_t i = 0; i < length; ++i)
      if (bytes[i] != PoisonedMapping::Pattern(offset + i)) return false;
    return true;
  }

  FileDescriptor fd_;
};

// One thread's way through the mapping, as the engine's jobs go it.
class Worker {
 public:
  Worker(const MappedFile* mapping, const std::string& path)
      : mapping_(mapping), media_({.path = path}), recovery_(&media_, NoTime) {}

  bool Read(uint64_t offset, std::span<std::byte> to) {
    const ssize_t n = mapping_->Read(offset, to.data(), to.size());
    if (n == static_cast<ssize_t>(to.size())) return true;
    ++faults;
    return Finish(offset, to.size(), recovery_.Read(offset, to, n));
  }
  bool Write(uint64_t offset, std::span<const std::byte> from) {
    const ssize_t n = mapping_->Write(offset, from.data(), from.size());
    if (n == static_cast<ssize_t>(from.size())) return true;
    ++faults;
    return Finish(offset, from.size(), recovery_.Write(offset, from, n));
  }
  uint64_t faults = 0;

 private:
  bool Finish(uint64_t offset, size_t length, const Outcome& outcome) {
    mapping_->Forget(FileRange::OfLength(offset, length));
    return outcome.result == static_cast<ssize_t>(length);
  }
  const MappedFile* const mapping_;
  FileMedia media_;
  Recovery recovery_;
};

TEST_F(MappedConcurrency, EightThreadsReadEveryPoisonedPageRight) {
  const MappedFile mapping = Map();
  for (size_t page = 0; page < kPages; ++page) Poison(mapping, page);
  std::atomic<uint64_t> wrong{0}, faults{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      Worker worker(&mapping, Path());
      std::vector<std::byte> buffer(kPageBytes);
      // All in one order, so that they meet.
      for (size_t page = 0; page < kPages; ++page)
        if (!worker.Read(page * kPageBytes, buffer) ||
            !IsPattern(buffer.data(), page * kPageBytes, kPageBytes))
          ++wrong;
      faults += worker.faults;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GE(faults, kPages);
}

TEST_F(MappedConcurrency, EightThreadsWriteTheirSectorsOfPoisonedPagesOnce) {
  const MappedFile mapping = Map();
  for (size_t page = 0; page < kPages; ++page) Poison(mapping, page);
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      Worker worker(&mapping, Path());
      const std::vector<std::byte> mine(kSectorBytes,
                                        static_cast<std::byte>(100 + t));
      for (size_t page = 0; page < kPages; ++page)
        if (!worker.Write(page * kPageBytes + t * kSectorBytes, mine)) ++wrong;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
  std::vector<std::byte> content(kPages * kPageBytes);
  ASSERT_EQ(pread(fd_.get(), content.data(), content.size(), 0),
            static_cast<ssize_t>(content.size()));
  for (size_t i = 0; i < content.size(); ++i)
    ASSERT_EQ(content[i],
              static_cast<std::byte>(100 + i % kPageBytes / kSectorBytes))
        << "byte " << i;
}

TEST_F(MappedConcurrency, TwoThreadsThatMeetAPageAtOnceBothGetThrough) {
  const MappedFile mapping = Map();
  constexpr int kMeetings = 200;
  std::barrier meet(2);
  std::atomic<uint64_t> wrong{0}, faults{0};
  auto run = [&](bool writes) {
    Worker worker(&mapping, Path());
    std::vector<std::byte> buffer(kSectorBytes);
    for (int i = 0; i < kMeetings; ++i) {
      const uint64_t page = static_cast<uint64_t>(i) % kPages;
      const uint64_t offset = page * kPageBytes;
      if (!writes) Poison(mapping, page);
      meet.arrive_and_wait();
      if (writes) {
        // The last sector: the other thread reads the first.
        const auto fresh = static_cast<std::byte>(i);
        buffer.assign(kSectorBytes, fresh);
        const uint64_t at = offset + kPageBytes - kSectorBytes;
        std::byte back[1];
        if (!worker.Write(at, buffer) || !worker.Read(at, back) ||
            back[0] != fresh)
          ++wrong;
      } else if (!worker.Read(offset, buffer) ||
                 !IsPattern(buffer.data(), offset, kSectorBytes)) {
        ++wrong;
      }
      meet.arrive_and_wait();
    }
    faults += worker.faults;
  };
  std::thread writer(run, true);
  run(false);
  writer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GE(faults, static_cast<uint64_t>(kMeetings));
}

}  // namespace
}  // namespace daxmend
