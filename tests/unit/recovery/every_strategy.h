// SPDX-License-Identifier: GPL-2.0-only
//
// Every way to repair with every unit of salvage, for INSTANTIATE_TEST_SUITE_P.

#ifndef DAXMEND_TESTS_UNIT_RECOVERY_EVERY_STRATEGY_H_
#define DAXMEND_TESTS_UNIT_RECOVERY_EVERY_STRATEGY_H_

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "recovery/page_repair.h"
#include "recovery/recovery.h"

namespace daxmend {

using RepairAndUnit = std::tuple<Strategy, SalvageUnit>;

inline std::string StrategyName(
    const ::testing::TestParamInfo<RepairAndUnit>& info) {
  constexpr const char* kRepairs[] = {"None", "Write", "Flag", "Clear",
                                      "Punch"};
  return std::string(kRepairs[static_cast<int>(std::get<0>(info.param))]) +
         (std::get<1>(info.param) == SalvageUnit::kPage ? "ByPage"
                                                        : "BySector");
}

inline auto AllStrategies() {
  return ::testing::Combine(
      ::testing::Values(Strategy::kWrite, Strategy::kFlag, Strategy::kClear,
                        Strategy::kPunch),
      ::testing::Values(SalvageUnit::kSector, SalvageUnit::kPage));
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECOVERY_EVERY_STRATEGY_H_
