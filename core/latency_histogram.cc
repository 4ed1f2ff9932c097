// SPDX-License-Identifier: GPL-2.0-only

#include "core/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace daxmend {

void LatencyHistogram::Keep(uint64_t ns) {
  const uint64_t n = count();
  if (n > room_) [[unlikely]]
    MakeRoom(n);
  if (n <= room_) [[likely]]
    kept_[n - 1] = ns;
}

void LatencyHistogram::MakeRoom(uint64_t wanted) {
  constexpr uint64_t kLeast = 16;
  if (wanted <= room_) return;
  room_ = std::min<uint64_t>(std::max({wanted, 2 * room_, kLeast}), kExact);
  kept_.resize(room_);
}

void LatencyHistogram::DropExact() { coarse_ = count() > 0; }

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  // A few are sooner recorded than all buckets added.
  constexpr uint64_t kFew = 512;
  if (other.exact() && other.count() <= kFew) {
    for (size_t i = 0; i < other.count(); ++i) Record(other.kept_[i]);
    return;
  }
  coarse_ = !exact() || !other.exact();
  if (!coarse_ && count() + other.count() <= kExact) {
    MakeRoom(count() + other.count());
    std::copy_n(other.kept_.begin(), other.count(),
                kept_.begin() + static_cast<long>(count()));
  }
  for (size_t i = 0; i < kPlaces; ++i) buckets_[i] += other.buckets_[i];
  left_ -= other.count();
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
    h.left_ -= count;
  }
  if (h.count()) {
    h.min_ = min;
    h.max_ = max;
    h.sum_ = sum;
    h.coarse_ = true;
  }
  return h;
}

LatencyHistogram LatencyHistogram::FromValues(
    const std::vector<std::pair<uint64_t, uint64_t>>& values) {
  LatencyHistogram h;
  for (auto [value, count] : values)
    for (uint64_t i = 0; i < count; ++i) h.Record(value);
  return h;
}

void LatencyHistogram::Flatten(Flat* to) const {
  if (count() == 0) return;
  to->count = count();
  to->sum = sum_;
  to->min = min_;
  to->max = max_;
  to->exact = exact();
  if (exact())
    std::copy_n(kept_.begin(), count(), to->values.begin());
  else
    to->buckets = buckets_;
}

LatencyHistogram LatencyHistogram::FromFlat(const Flat& flat) {
  LatencyHistogram h;
  if (flat.count == 0) return h;
  if (flat.exact != 0) {
    h.Merge(flat);
    return h;
  }
  h.left_ -= flat.count;
  h.sum_ = flat.sum;
  h.min_ = flat.min;
  h.max_ = flat.max;
  h.buckets_ = flat.buckets;
  h.coarse_ = true;
  return h;
}

void LatencyHistogram::Merge(const Flat& flat) {
  if (flat.exact == 0) return Merge(FromFlat(flat));
  for (size_t i = 0; i < flat.count; ++i) Record(flat.values[i]);
}

uint64_t LatencyHistogram::CountIn(size_t bucket) const {
  if (bucket + 1 < kBuckets) return buckets_[bucket];
  return std::accumulate(buckets_.begin() + kBuckets - 1, buckets_.end(),
                         uint64_t{0});
}

bool LatencyHistogram::operator==(const LatencyHistogram& other) const {
  return count() == other.count() && sum_ == other.sum_ && min_ == other.min_ &&
         max_ == other.max_ && exact() == other.exact() &&
         (exact() ? Values() == other.Values() : Bins() == other.Bins());
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
  if (count() == 0) return 0;
  auto rank = static_cast<uint64_t>(
      std::ceil(percent / 100.0 * static_cast<double>(count())));
  rank = std::clamp<uint64_t>(rank, 1, count());
  uint64_t seen = 0;
  for (auto [value, count] : Steps()) {
    seen += count;
    if (seen >= rank) return value;
  }
  return max_;
}

bool LatencyHistogram::Supports(double percent) const {
  if (percent == 50 || percent >= 100) return count() > 0;
  const double beyond =
      std::min(percent, 100 - percent) / 100 * static_cast<double>(count());
  return beyond > 1 - 1e-9;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencyHistogram::Bins() const {
  std::vector<std::pair<uint64_t, uint64_t>> bins;
  for (size_t i = 0; i < kBuckets; ++i)
    if (const uint64_t count = CountIn(i))
      bins.emplace_back(UpperBound(i), count);
  return bins;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencyHistogram::Values() const {
  if (!exact()) return {};
  std::vector<uint64_t> sorted(kept_.begin(),
                               kept_.begin() + static_cast<long>(count()));
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::pair<uint64_t, uint64_t>> values;
  for (uint64_t value : sorted) {
    if (values.empty() || values.back().first != value)
      values.emplace_back(value, 0);
    ++values.back().second;
  }
  return values;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencyHistogram::Steps() const {
  if (exact()) return Values();
  std::vector<std::pair<uint64_t, uint64_t>> steps;
  for (size_t i = 0; i < kBuckets; ++i)
    if (const uint64_t count = CountIn(i))
      steps.emplace_back(std::clamp(Middle(i), min(), max_), count);
  return steps;
}

}  // namespace daxmend
