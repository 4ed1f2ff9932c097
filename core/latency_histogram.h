// SPDX-License-Identifier: GPL-2.0-only
//
// A histogram of latencies with fio's own buckets (fio stat.h, 3.33:
// FIO_IO_U_PLAT_BITS 6, 29 groups): values below 128 ns are exact, above that
// every octave has 64 buckets, so a bucket is at most 1/64 = 1.6 % wide. The
// bins merge with the ones fio prints in json+.
//
// The first 4,096 latencies are kept as they are, too: while there are no more,
// percentiles are latencies that were measured, not the middle of a bucket.
//
//   LatencyHistogram fast;
//   fast.Record(2'150);
//   fast.Percentile(99.0);
//
// Record() costs a handful of instructions, and does not allocate once
// Reserve() was called. Not thread-safe: one histogram a thread, then Merge().

#ifndef DAXMEND_CORE_LATENCY_HISTOGRAM_H_
#define DAXMEND_CORE_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace daxmend {

class LatencyHistogram {
 public:
  LatencyHistogram() = default;
  // Nothing is gained by moving one, and room_ would be wrong behind it.
  LatencyHistogram(const LatencyHistogram&) = default;
  LatencyHistogram& operator=(const LatencyHistogram&) = default;

  static constexpr unsigned kBits = 6;
  static constexpr size_t kBucketsPerOctave = size_t{1} << kBits;
  static constexpr size_t kOctaves = 29;
  static constexpr size_t kBuckets = kOctaves * kBucketsPerOctave;
  // So many latencies are kept at most.
  static constexpr uint64_t kExact = 4096;

  // Counts one latency, in nanoseconds of the run's clock. Values past the
  // last bucket (about 17 s) go into the last bucket; max() stays exact.
  void Record(uint64_t ns) {
    ++buckets_[PlaceOf(ns)];
    sum_ += ns;
    if (ns < min_) min_ = ns;
    if (ns > max_) max_ = ns;
    if (static_cast<int64_t>(--left_) >= 0) [[unlikely]]
      Keep(ns);
  }
  // Makes room for what is kept of `expected` latencies, and touches it.
  void Reserve(uint64_t expected = kExact) {
    MakeRoom(std::min(expected, kExact));
  }

  void Merge(const LatencyHistogram& other);

  // Puts back what Bins() and the totals said, for histograms read from JSON.
  // A bin is given by any value inside its bucket.
  static LatencyHistogram FromBins(
      const std::vector<std::pair<uint64_t, uint64_t>>& bins, uint64_t min,
      uint64_t max, uint64_t sum);

  // The same of Values(). Throws nothing; at most kExact latencies in all.
  static LatencyHistogram FromValues(
      const std::vector<std::pair<uint64_t, uint64_t>>& values);

  uint64_t count() const { return kExact - left_; }
  uint64_t min() const { return count() ? min_ : 0; }
  uint64_t max() const { return max_; }
  uint64_t sum() const { return sum_; }
  double mean() const {
    return count() ? static_cast<double>(sum_) / static_cast<double>(count())
                   : 0.0;
  }

  // Were all latencies kept? Not in histograms of more, or from Bins().
  bool exact() const { return !coarse_ && count() <= kExact; }
  // Forgets them, to compare with a histogram that has only bins.
  void DropExact();

  // The least latency that `percent` of all are not above (0 < percent <= 100);
  // where it is not exact() the middle of its bucket, as fio reports it, kept
  // inside [min, max]. 0 when empty.
  uint64_t Percentile(double percent) const;
  // Can so many latencies tell it? One of them at least has to lie at it or
  // beyond: the 99th percentile needs 100, a median one.
  bool Supports(double percent) const;

  // {largest value of the bucket, count} for every bucket that is not empty,
  // ascending.
  std::vector<std::pair<uint64_t, uint64_t>> Bins() const;
  // {latency, count}, ascending, each latency once. Where it is exact().
  std::vector<std::pair<uint64_t, uint64_t>> Values() const;
  // The same in any case: of a bucket its middle, kept inside [min, max].
  std::vector<std::pair<uint64_t, uint64_t>> Steps() const;

  static size_t BucketOf(uint64_t ns) {
    const size_t place = PlaceOf(ns);
    return place < kBuckets ? place : kBuckets - 1;
  }
  // The largest value that falls into `bucket`.
  static uint64_t UpperBound(size_t bucket);
  // The value fio prints for `bucket` (plat_idx_to_val).
  static uint64_t Middle(size_t bucket);

  // The same without pointers, for memory that processes share; zeros are an
  // empty one, and what Flatten() wants to find. Where it is exact() only its
  // values are written: a page that is not written to takes no memory.
  struct Flat;
  void Flatten(Flat* to) const;
  static LatencyHistogram FromFlat(const Flat& flat);
  void Merge(const Flat& flat);

  // In whatever order they were recorded.
  bool operator==(const LatencyHistogram& other) const;

 private:
  // Buckets go on to the end of 64 bits, so that Record() need not ask; those
  // past the last one are counted in it when they are read.
  static constexpr size_t kPlaces =
      (64 - kBits) * kBucketsPerOctave + kBucketsPerOctave;
  static size_t PlaceOf(uint64_t ns) {
    if (ns < 2 * kBucketsPerOctave) return ns;
    // What is left of `ns` has its highest bit, which counts for one octave.
    const unsigned shift =
        63u - kBits - static_cast<unsigned>(std::countl_zero(ns));
    return (size_t{shift} << kBits) + (ns >> shift);
  }
  uint64_t CountIn(size_t bucket) const;
  // Not inlined: Record() has one instruction less then, in every I/O.
  [[gnu::noinline]] void Keep(uint64_t ns);
  void MakeRoom(uint64_t wanted);  // up to kExact

  std::array<uint64_t, kPlaces> buckets_{};
  std::vector<uint64_t> kept_;  // the first latencies, and room behind them
  uint64_t room_ = 0;           // its size
  bool coarse_ = false;         // some of them are not known
  // How many more are kept; below 0 (modulo 2^64) how many are not. One number
  // for that and for the count: Record() has one to look after.
  uint64_t left_ = kExact;
  uint64_t sum_ = 0;
  uint64_t min_ = UINT64_MAX;
  uint64_t max_ = 0;
};

struct LatencyHistogram::Flat {
  // Of a few latencies only the beginning is written.
  uint64_t count, sum, min, max, exact;
  std::array<uint64_t, kExact> values;
  std::array<uint64_t, kPlaces> buckets;
};

}  // namespace daxmend

#endif  // DAXMEND_CORE_LATENCY_HISTOGRAM_H_
