// SPDX-License-Identifier: GPL-2.0-only

#include "core/latency_histogram.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace daxmend {
namespace {

TEST(LatencyHistogram, IsExactBelow128) {
  for (uint64_t ns = 0; ns < 128; ++ns) {
    EXPECT_EQ(LatencyHistogram::BucketOf(ns), ns);
    EXPECT_EQ(LatencyHistogram::Middle(ns), ns);
  }
}

// Values computed by hand from fio's stat.c (plat_val_to_idx): 4 KiB reads land
// around these.
TEST(LatencyHistogram, UsesFiosBuckets) {
  EXPECT_EQ(LatencyHistogram::BucketOf(128), 128u);
  EXPECT_EQ(LatencyHistogram::BucketOf(129), 128u);
  EXPECT_EQ(LatencyHistogram::BucketOf(130), 129u);
  EXPECT_EQ(LatencyHistogram::Middle(128), 129u);
  EXPECT_EQ(LatencyHistogram::BucketOf(1000), 64u * 4 + (1000 >> 3) % 64);
}

TEST(LatencyHistogram, EveryValueIsAtMostItsBucketsUpperBound) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    uint64_t ns = random() >> (30 + random() % 34);
    size_t bucket = LatencyHistogram::BucketOf(ns);
    if (bucket + 1 == LatencyHistogram::kBuckets) continue;
    EXPECT_LE(ns, LatencyHistogram::UpperBound(bucket));
    if (bucket) {
      EXPECT_GT(ns, LatencyHistogram::UpperBound(bucket - 1));
    }
    EXPECT_LE(LatencyHistogram::UpperBound(bucket) - ns, ns / 64);
  }
}

TEST(LatencyHistogram, CountsWhatIsTooLargeInTheLastBucket) {
  LatencyHistogram h;
  h.Record(UINT64_MAX / 2);
  EXPECT_EQ(h.count(), 1u);
  EXPECT_EQ(h.max(), UINT64_MAX / 2);
  EXPECT_EQ(h.Bins().size(), 1u);
}

TEST(LatencyHistogram, EmptyOneAnswersZero) {
  LatencyHistogram h;
  EXPECT_EQ(h.min(), 0u);
  EXPECT_EQ(h.Percentile(99), 0u);
  EXPECT_EQ(h.mean(), 0.0);
}

TEST(LatencyHistogram, PercentilesStayInsideWhatWasSeen) {
  LatencyHistogram h;
  for (int i = 0; i < 99; ++i) h.Record(5000);
  h.Record(900001);
  EXPECT_NEAR(static_cast<double>(h.Percentile(50)), 5000.0, 50.0);
  EXPECT_EQ(h.Percentile(50), h.Percentile(99));
  EXPECT_GE(h.Percentile(1), h.min());
  EXPECT_NEAR(static_cast<double>(h.Percentile(99.9)), 900001.0, 9000.0);
  EXPECT_LE(h.Percentile(100), h.max());
}

TEST(LatencyHistogram, MergingIsCountingTogether) {
  LatencyHistogram a, b, both;
  for (uint64_t i = 1; i < 5000; i += 7) {
    (i % 2 ? a : b).Record(i * i);
    both.Record(i * i);
  }
  a.Merge(b);
  EXPECT_EQ(a, both);
}

TEST(LatencyHistogram, PercentilesOfWhatIsKeptWereMeasured) {
  LatencyHistogram h;
  // 101 latencies, in no order.
  for (uint64_t i = 0; i <= 100; ++i) h.Record(1'000'000 + i * 7 % 101);
  EXPECT_TRUE(h.exact());
  EXPECT_EQ(h.Percentile(50), 1'000'050u);
  EXPECT_EQ(h.Percentile(99), 1'000'099u);
  EXPECT_EQ(h.Percentile(100), h.max());
  EXPECT_EQ(h.Values().size(), 101u);
  LatencyHistogram bins = h;
  bins.DropExact();
  EXPECT_FALSE(bins.exact());
  EXPECT_NE(bins.Percentile(50), 1'000'050u);
  EXPECT_NE(bins, h);
}

TEST(LatencyHistogram, MoreThanAreKeptAreCountedInBuckets) {
  LatencyHistogram h;
  h.Reserve();
  EXPECT_TRUE(h.exact());
  for (uint64_t i = 0; i < LatencyHistogram::kExact; ++i) h.Record(5001);
  EXPECT_TRUE(h.exact());
  EXPECT_EQ(h.Percentile(50), 5001u);
  h.Record(9001);
  EXPECT_FALSE(h.exact());
  EXPECT_EQ(h.Percentile(50),
            LatencyHistogram::Middle(LatencyHistogram::BucketOf(5001)));
}

TEST(LatencyHistogram, ComesBackFromItsValues) {
  LatencyHistogram h;
  for (uint64_t i = 1; i < 2000; ++i) h.Record(i % 17 * 12345);
  EXPECT_EQ(LatencyHistogram::FromValues(h.Values()), h);
}

TEST(LatencyHistogram, ComesBackFromMemoryOfZeros) {
  for (uint64_t count : {0, 1, 4096, 4097}) {
    LatencyHistogram h;
    for (uint64_t i = 0; i < count; ++i) h.Record(i * 321);
    auto flat = std::make_unique<LatencyHistogram::Flat>();
    h.Flatten(flat.get());
    EXPECT_EQ(LatencyHistogram::FromFlat(*flat), h) << count;
  }
}

TEST(LatencyHistogram, GoesOnFromBinsWithoutWhatWasNotKept) {
  LatencyHistogram h =
      LatencyHistogram::FromBins({{1000, 3000}}, 1000, 1000, 3'000'000);
  for (int i = 0; i < 2000; ++i) h.Record(1000);
  EXPECT_EQ(h.count(), 5000u);
  EXPECT_FALSE(h.exact());
  LatencyHistogram other;
  other.Record(5);
  other.Merge(h);
  EXPECT_FALSE(other.exact());
  EXPECT_EQ(other.count(), 5001u);
}

TEST(LatencyHistogram, MergesWhatIsKeptWhileThereIsRoom) {
  LatencyHistogram a, b;
  for (int i = 0; i < 3000; ++i) a.Record(1000);
  for (int i = 0; i < 1000; ++i) b.Record(2001);
  a.Merge(b);
  EXPECT_TRUE(a.exact());
  EXPECT_EQ(a.Percentile(99), 2001u);
  a.Merge(b);
  EXPECT_FALSE(a.exact());
  EXPECT_EQ(a.count(), 5000u);
}

TEST(LatencyHistogram, SaysWhichPercentilesSoManyCanTell) {
  LatencyHistogram h;
  EXPECT_FALSE(h.Supports(50));
  for (uint64_t count = 1; count <= 1000; ++count) {
    h.Record(count);
    EXPECT_TRUE(h.Supports(50));
    EXPECT_TRUE(h.Supports(100));
    EXPECT_EQ(h.Supports(90), count >= 10) << count;
    EXPECT_EQ(h.Supports(99), count >= 100) << count;
    EXPECT_EQ(h.Supports(99.9), count >= 1000) << count;
  }
}

TEST(LatencyHistogram, ComesBackFromItsBins) {
  LatencyHistogram h;
  for (uint64_t i = 1; i < 5000; ++i) h.Record(i * 37);
  EXPECT_EQ(LatencyHistogram::FromBins(h.Bins(), h.min(), h.max(), h.sum()), h);
}

}  // namespace
}  // namespace daxmend
