// SPDX-License-Identifier: GPL-2.0-only
//
// A histogram of latencies with fio's own buckets (fio stat.h, 3.33:
// FIO_IO_U_PLAT_BITS 6, 29 groups): values below 128 ns are exact, above that
// every octave has 64 buckets, so a bucket is at most 1/64 = 1.6 % wide. The
// bins merge with the ones fio prints in json+.
//
//   LatencyHistogram fast;
//   fast.Record(2'150);
//   fast.Percentile(99.0);
//
// Record() does not allocate and costs a handful of instructions. Not
// thread-safe: one histogram a thread, then Merge().

#ifndef DAXMEND_CORE_LATENCY_HISTOGRAM_H_
#define DAXMEND_CORE_LATENCY_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace daxmend {

class LatencyHistogram {
 public:
  static constexpr unsigned kBits = 6;
  static constexpr size_t kBucketsPerOctave = size_t{1} << kBits;
  static constexpr size_t kOctaves = 29;
  static constexpr size_t kBuckets = kOctaves * kBucketsPerOctave;

  // Counts one latency, in nanoseconds of the run's clock. Values past the
  // last bucket (about 17 s) go into the last bucket; max() stays exact.
  void Record(uint64_t ns) {
    ++buckets_[BucketOf(ns)];
    ++count_;
    sum_ += ns;
    if (ns < min_) min_ = ns;
    if (ns > max_) max_ = ns;
  }

  void Merge(const LatencyHistogram& other);

  // Puts back what Bins() and the totals said, for histograms read from JSON.
  // A bin is given by any value inside its bucket.
  static LatencyHistogram FromBins(
      const std::vector<std::pair<uint64_t, uint64_t>>& bins, uint64_t min,
      uint64_t max, uint64_t sum);

  uint64_t count() const { return count_; }
  uint64_t min() const { return count_ ? min_ : 0; }
  uint64_t max() const { return max_; }
  uint64_t sum() const { return sum_; }
  double mean() const {
    return count_ ? static_cast<double>(sum_) / static_cast<double>(count_)
                  : 0.0;
  }

  // The middle of the bucket that holds the `percent`th percentile (0 < percent
  // <= 100), as fio reports it, kept inside [min, max]. 0 when empty.
  uint64_t Percentile(double percent) const;

  // {largest value of the bucket, count} for every bucket that is not empty,
  // ascending.
  std::vector<std::pair<uint64_t, uint64_t>> Bins() const;

  static size_t BucketOf(uint64_t ns) {
    if (ns < 2 * kBucketsPerOctave) return ns;
    unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - kBits;
    size_t bucket =
        ((shift + 1) << kBits) + ((ns >> shift) & (kBucketsPerOctave - 1));
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  // The largest value that falls into `bucket`.
  static uint64_t UpperBound(size_t bucket);
  // The value fio prints for `bucket` (plat_idx_to_val).
  static uint64_t Middle(size_t bucket);

  bool operator==(const LatencyHistogram&) const = default;

 private:
  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t min_ = UINT64_MAX;
  uint64_t max_ = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_CORE_LATENCY_HISTOGRAM_H_
