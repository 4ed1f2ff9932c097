// SPDX-License-Identifier: GPL-2.0-only

#include "system/host_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr int kTries = 20;
constexpr uint64_t kQuickNs = 20'000;
constexpr int kTurns = 200;
constexpr useconds_t kTurnUs = 1000;
// IA-PC HPET specification 1.0a, 2.3: the counter's period in femtoseconds is
// in the upper half of the first register, the counter at 0xf0.
constexpr size_t kPeriod = 4;
constexpr size_t kCounter = 0xf0;
constexpr size_t kRegisters = 0x400;
constexpr uint64_t kFemtosecondsPerNs = 1'000'000;

uint64_t MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

FileDescriptor OpenInTurn(const std::string& device) {
  for (int turn = 0;; ++turn) {
    FileDescriptor fd(open(device.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) return fd;
    if (errno != EBUSY || turn == kTurns)
      throw ErrnoError("open " + device, errno);
    usleep(kTurnUs);
  }
}

class Registers {
 public:
  explicit Registers(const std::string& device)
      : fd_(OpenInTurn(device)),
        at_(mmap(nullptr, kRegisters, PROT_READ, MAP_SHARED, fd_.get(), 0)) {
    if (at_ == MAP_FAILED) throw ErrnoError("map " + device, errno);
  }
  ~Registers() { munmap(at_, kRegisters); }
  Registers(const Registers&) = delete;
  Registers& operator=(const Registers&) = delete;

  uint64_t Nanoseconds() const {
    // QEMU 7.2 answers 32 bits at a time.
    uint32_t high = Read(kCounter + 4);
    uint32_t low = Read(kCounter);
    while (high != Read(kCounter + 4)) {
      high = Read(kCounter + 4);
      low = Read(kCounter);
    }
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>(Wide{uint64_t{high} << 32 | low} *
                                 Read(kPeriod) / kFemtosecondsPerNs);
  }

 private:
  uint32_t Read(size_t offset) const {
    return *reinterpret_cast<const volatile uint32_t*>(
        static_cast<const char*>(at_) + offset);
  }

  const FileDescriptor fd_;
  void* const at_;
};

}  // namespace

ClockReading ReadHostClock(const std::string& device) {
  const Registers registers(device);
  ClockReading best;
  for (int i = 0; i < kTries; ++i) {
    ClockReading one;
    one.before_ns = MonotonicNow();
    one.host_ns = registers.Nanoseconds();
    one.after_ns = MonotonicNow();
    const uint64_t took = one.after_ns - one.before_ns;
    if (i == 0 || took < best.after_ns - best.before_ns) best = one;
    if (took < kQuickNs) break;
  }
  return best;
}

ClockWatch::ClockWatch(bool in_wall_clock_guest, Source source)
    : source_(std::move(source)) {
  if (!in_wall_clock_guest) return;
  try {
    begin_ = source_();
  } catch (const Error& e) {
    problem_ = e.what();
  }
}

std::optional<ClockCheck> ClockWatch::Check() const {
  ClockCheck check;
  check.problem = problem_;
  if (!begin_) return problem_.empty() ? std::nullopt : std::optional(check);
  try {
    return CompareClocks(*begin_, source_());
  } catch (const Error& e) {
    check.problem = e.what();
    return check;
  }
}

}  // namespace daxmend
