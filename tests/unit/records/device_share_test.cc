// SPDX-License-Identifier: GPL-2.0-only

#include "records/device_share.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "records/run_record.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

TEST(DeviceShares, OfSeveralWorkersAreAddedUpDeviceByDevice) {
  JobRecord job, other;
  job.devices = {{"pmem0", 3, 1, 2}, {"pmem1", 5, 0, 0}};
  other.devices = {{"dax2.0", 7, 0, 0}, {"pmem1", 1, 1, 8}};
  job.Merge(other);
  EXPECT_THAT(job.devices, ElementsAre(DeviceShare{"dax2.0", 7, 0, 0},
                                       DeviceShare{"pmem0", 3, 1, 2},
                                       DeviceShare{"pmem1", 6, 1, 8}));
}

TEST(DeviceShares, ComeBackFromTheRecordAndAreInNoOther) {
  RunRecord run;
  JobRecord job;
  job.name = "two";
  job.counters.ios = 20;
  job.counters.recovered_ios = 8;
  job.counters.failed_ios = 1;
  job.counters.lost_sectors = 2;
  run.AddJob(job);
  const std::string without = ToJson(run);
  EXPECT_EQ(without.find("devices"), std::string::npos);
  run.jobs[0].devices = {{"pmem0", 3, 1, 2}, {"pmem1", 5, 0, 0}};
  EXPECT_EQ(RunRecordFromJson(ToJson(run), "run.json").jobs[0].devices,
            run.jobs[0].devices);
}

TEST(DeviceShares, MoreThanTheJobHasIsRefused) {
  JobRecord job;
  job.name = "two";
  job.counters.ios = 20;
  job.counters.recovered_ios = 7;
  job.devices = {{"pmem0", 3, 0, 0}, {"pmem1", 5, 0, 0}};
  RunRecord run;
  run.AddJob(job);
  EXPECT_THAT([&] { RunRecordFromJson(ToJson(run), "run.json"); },
              Throws<Error>(Property(&Error::what, HasSubstr("exceed"))));
}

TEST(DeviceShares, TwiceTheSameDeviceIsRefused) {
  RunRecord run;
  JobRecord job;
  job.name = "two";
  job.counters.ios = 20;
  job.counters.recovered_ios = 8;
  job.counters.failed_ios = 1;
  job.counters.lost_sectors = 2;
  job.devices = {{"pmem0", 3, 1, 2}, {"pmem0", 5, 0, 0}};
  run.AddJob(job);
  EXPECT_THAT(
      [&] { RunRecordFromJson(ToJson(run), "run.json"); },
      Throws<Error>(Property(&Error::what, HasSubstr("not ascending"))));
}

TEST(DeviceShares, AreSaidInOneLine) {
  EXPECT_EQ(
      ToText(std::vector<DeviceShare>{{"pmem0", 3, 1, 2}, {"pmem1", 5, 0, 0}}),
      "pmem0: 3 recovered, 1 failed, 2 lost; "
      "pmem1: 5 recovered, 0 failed, 0 lost");
}

}  // namespace
}  // namespace daxmend
