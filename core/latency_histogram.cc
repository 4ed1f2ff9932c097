// SPDX-License-Identifier: GPL-2.0-only

#include "core/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace daxmend {

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

LatencyHistogram LatencyHistogram::FromBins(
    const std::vector<std::pair<uint64_t, uint64_t>>& bins, uint64_t min,
    uint64_t max, uint64_t sum) {
  LatencyHistogram h;
  for (auto [value, count] : bins) {
    h.buckets_[BucketOf(value)] += count;
    h.count_ += count;
  }
  if (h.count_) {
    h.min_ = min;
    h.max_ = max;
    h.sum_ = sum;
  }
  return h;
}

uint64_t LatencyHistogram::UpperBound(size_t bucket) {
  if (bucket < 2 * kBucketsPerOctave) return bucket;
  unsigned shift = static_cast<unsigned>(bucket >> kBits) - 1;
  uint64_t low = (kBucketsPerOctave + (bucket & (kBucketsPerOctave - 1)))
                 << shift;
  return low + (uint64_t{1} << shift) - 1;
}

uint64_t LatencyHistogram::Middle(size_t bucket) {
  if (bucket < 2 * kBucketsPerOctave) return bucket;
  unsigned shift = static_cast<unsigned>(bucket >> kBits) - 1;
  uint64_t low = (kBucketsPerOctave + (bucket & (kBucketsPerOctave - 1)))
                 << shift;
  return low + (uint64_t{1} << shift) / 2;
}

uint64_t LatencyHistogram::Percentile(double percent) const {
  if (count_ == 0) return 0;
  auto rank = static_cast<uint64_t>(
      std::ceil(percent / 100.0 * static_cast<double>(count_)));
  rank = std::clamp<uint64_t>(rank, 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::clamp(Middle(i), min(), max_);
  }
  return max_;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencyHistogram::Bins() const {
  std::vector<std::pair<uint64_t, uint64_t>> bins;
  for (size_t i = 0; i < kBuckets; ++i)
    if (buckets_[i]) bins.emplace_back(UpperBound(i), buckets_[i]);
  return bins;
}

}  // namespace daxmend
