// SPDX-License-Identifier: GPL-2.0-only
//
// The claims about the copy and about recording, judged: the median of the
// ratios of pairs that ran in turn, so that a machine that slows down slows
// both. Exit status: 0 all hold, 1 one does not, 2 it could not be asked.
//
//   build/tests/bench_claims [PAIRS]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <vector>

#include "tests/bench/copied_file.h"
#include "tests/bench/copies.h"
#include "tests/bench/io_recorder.h"

namespace daxmend {
namespace {

size_t pairs = 201;
bool all_hold = true;

void Judge(const char* what, double value, const char* bound, bool holds) {
  std::printf("%-4s %-58s %8.3f  (%s)\n", holds ? "ok" : "FAIL", what, value,
              bound);
  all_hold = all_hold && holds;
}

// What is no claim of ours, for comparison.
void Show(const char* what, double value) {
  std::printf("-    %-58s %8.3f\n", what, value);
}

using Work = std::function<void(size_t times)>;

double Nanoseconds(const Work& work, size_t times) {
  const auto begun = std::chrono::steady_clock::now();
  work(times);
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now() - begun)
             .count() /
         static_cast<double>(times);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2,
                   values.end());
  return values[values.size() / 2];
}

// Of a's time over b's, in turn: a b b a a b ...
double MedianRatio(const Work& a, const Work& b, size_t times) {
  a(times);
  b(times);
  std::vector<double> ratios;
  for (size_t i = 0; i < pairs; ++i) {
    const double first = Nanoseconds(i % 2 ? b : a, times);
    const double second = Nanoseconds(i % 2 ? a : b, times);
    ratios.push_back(i % 2 ? second / first : first / second);
  }
  return Median(std::move(ratios));
}

template <Copy copy>
Work Copying(Buffers& buffers, size_t length) {
  return [&buffers, length](size_t times) {
    for (size_t i = 0; i < times; ++i) {
      if (copy(buffers.to(), buffers.from(), length) != 0) std::abort();
      asm volatile("" : : : "memory");
    }
  };
}

template <Copy copy>
void JudgeThroughput(const char* whose) {
  for (size_t length :
       {size_t{4096}, size_t{16384}, size_t{65536}, size_t{2} << 20}) {
    Buffers buffers(length);
    const double ratio = MedianRatio(
        Copying<Memcpy>(buffers, length), Copying<copy>(buffers, length),
        std::max<size_t>(1, (size_t{4} << 20) / length));
    char what[80];
    std::snprintf(what, sizeof what,
                  "%sthroughput to memcpy's, no fault, %zu bytes", whose,
                  length);
    Judge(what, ratio, ">= 0.97", ratio >= 0.97);
  }
}

// The other ways, out of one file, in turn with memcpy.
void ShowOthers() {
  CopiedFile file;
  if (!file.refusal().empty())
    std::printf("-    pmem2_source_pread_mcsafe: %s\n", file.refusal().c_str());
  for (size_t length :
       {size_t{64}, size_t{4096}, size_t{65536}, size_t{2} << 20}) {
    const auto throughput = [&](const char* whose, auto copy) {
      const auto all = [](auto one) {
        return [one](size_t times) {
          for (size_t i = 0; i < times; ++i) {
            one();
            asm volatile("" : : : "memory");
          }
        };
      };
      const double ratio = MedianRatio(
          all([&] { Memcpy(file.to(), file.from(), length); }), all(copy),
          std::clamp<size_t>((size_t{4} << 20) / length, 1, 2000));
      char what[80];
      std::snprintf(what, sizeof what, "%s: to memcpy's, %zu bytes", whose,
                    length);
      Show(what, ratio);
    };
    throughput("daxmend_copy",
               [&] { Library(file.to(), file.from(), length); });
    throughput("sigsetjmp and memcpy",
               [&] { SigsetjmpMemcpy(file.to(), file.from(), length); });
    if (file.refusal().empty())
      throughput("pmem2_source_pread_mcsafe", [&] {
        if (file.PreadMcsafe(length) != 0) std::abort();
      });
  }
}

void JudgeCopies() {
  JudgeThroughput<Tolerant>("");
  Buffers buffers(64);
  const double ratio = MedianRatio(Copying<SigsetjmpMemcpy>(buffers, 64),
                                   Copying<Tolerant>(buffers, 64), 2000);
  Judge("speed to sigsetjmp(..., 1) and memcpy's, no fault, 64 bytes", ratio,
        ">= 10", ratio >= 10);
}

#if defined(__x86_64__)
template <Copy copy>
void JudgeFault(const char* what, const char* bound, double limit) {
  Buffers buffers(kPageBytes);
  buffers.PoisonLastPage();
  const double ratio = MedianRatio(
      [&](size_t times) {
        std::byte to[1];
        for (size_t i = 0; i < times; ++i)
          if (copy(to, buffers.from(), 1) != 1) std::abort();
      },
      [&](size_t times) {
        BareSigbus bare;
        for (size_t i = 0; i < times; ++i)
          BareSigbus::RoundTrip(buffers.from());
      },
      500);
  Judge(what, ratio, bound, ratio <= limit);
}
#endif

// After the others: its handler comes before theirs from then on.
void JudgeLibrary() {
  if (daxmend_copy_init() != 0) std::abort();
  JudgeThroughput<Library>("libdaxmend-copy: ");
#if defined(__x86_64__)
  JudgeFault<Library>("libdaxmend-copy: time of a fault to a bare SIGBUS's",
                      "<= 1.05", 1.05);
#endif
}

void JudgeRecording() {
  IoRecorder recorder;
  const Work record = [&](size_t times) {
    for (size_t i = 0; i < times; ++i) {
      recorder.Record();
      asm volatile("" : : : "memory");
    }
  };
  std::vector<double> ns;
  for (size_t i = 0; i < pairs; ++i) ns.push_back(Nanoseconds(record, 5000));
  const double median = Median(std::move(ns));
  Judge("nanoseconds to record an I/O, with one clock reading", median, "<= 30",
        median <= 30);
}

int Main(int argc, char** argv) {
  if (argc > 1) pairs = std::strtoul(argv[1], nullptr, 10);
  if (pairs == 0) {
    std::fputs("usage: bench_claims [PAIRS]\n", stderr);
    return 2;
  }
  std::printf("medians of %zu pairs; copies by %s\n", pairs, CopyMethod());
  JudgeCopies();
#if defined(__x86_64__)
  JudgeFault<Tolerant>(
      "time of a copy that faults to a bare SIGBUS round trip's", "<= 1.2",
      1.2);
#endif
  JudgeRecording();
  JudgeLibrary();
  ShowOthers();
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) try {
  return daxmend::Main(argc, argv);
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_claims: %s\n", e.what());
  return 2;
}
