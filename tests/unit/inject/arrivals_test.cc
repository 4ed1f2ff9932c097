// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/arrivals.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace daxmend {
namespace {

TEST(Arrivals, AreTheSameForTheSameSeedOnly) {
  EXPECT_EQ(PlanArrivals(5, 10, 1), PlanArrivals(5, 10, 1));
  EXPECT_NE(PlanArrivals(5, 10, 1), PlanArrivals(5, 10, 2));
}

TEST(Arrivals, ComeInOrderAndInTime) {
  const std::vector<Arrival> arrivals = PlanArrivals(100, 10, 1);
  EXPECT_TRUE(std::is_sorted(
      arrivals.begin(), arrivals.end(),
      [](const Arrival& a, const Arrival& b) { return a.at < b.at; }));
  EXPECT_LT(arrivals.back().at, std::chrono::seconds(10));
  EXPECT_GE(arrivals.front().at.count(), 0);
}

// The times between arrivals of a Poisson process have a standard deviation
// equal to their mean.
TEST(Arrivals, AreAPoissonProcessOfTheRateThatWasAskedFor) {
  const std::vector<Arrival> arrivals = PlanArrivals(50, 400, 7);
  ASSERT_NEAR(static_cast<double>(arrivals.size()), 20000, 600);
  double sum = 0;
  double squares = 0;
  for (size_t i = 1; i < arrivals.size(); ++i) {
    const double gap =
        std::chrono::duration<double>(arrivals[i].at - arrivals[i - 1].at)
            .count();
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(arrivals.size() - 1);
  const double mean = sum / n;
  EXPECT_NEAR(mean, 0.02, 0.0006);
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean), mean, 0.05 * mean);
}

TEST(Arrivals, RefuseWhatHasNoEndOrNoMeaning) {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (double bad : {0.0, -1.0, 1e9, not_a_number}) {
    EXPECT_THROW(PlanArrivals(bad, 1000, 1), Error) << bad;
    EXPECT_THROW(PlanArrivals(1000, bad, 1), Error) << bad;
  }
}

}  // namespace
}  // namespace daxmend
