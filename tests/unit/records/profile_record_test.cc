// SPDX-License-Identifier: GPL-2.0-only

#include "records/profile_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/unit/records/sample_profile.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

std::string RefusalOf(const std::string& text) {
  try {
    ProfileRecordFromJson(text, "d/profile.json");
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

// What is said when the value at `pointer` is another one.
std::string RefusalWith(const char* pointer, const nlohmann::json& value) {
  nlohmann::json document = nlohmann::json::parse(ToJson(SampleProfile()));
  document[nlohmann::json::json_pointer(pointer)] = value;
  return RefusalOf(document.dump());
}

TEST(ProfileRecord, ComesBackFromItsJson) {
  const ProfileRecord profile = SampleProfile();
  EXPECT_EQ(ProfileRecordFromJson(ToJson(profile), "x"), profile);
  EXPECT_EQ(ToJson(ProfileRecordFromJson(ToJson(profile), "x")),
            ToJson(profile));
}

TEST(ProfileRecord, WhatWasTouchedComesBack) {
  ProfileRecord record = SampleProfile();
  record.caches = CacheSizes{};
  ProfilePath& fast = record.jobs[0].path(Path::kFast);
  for (size_t i = 0; i < kFootprintCounts; ++i)
    fast.footprint[i] = {{i, 4}, {i + 100, 6}};
  EXPECT_EQ(ProfileRecordFromJson(ToJson(record), "x"), record);
  fast.footprint[2][7] = 1;
  EXPECT_THAT(RefusalOf(ToJson(record)),
              HasSubstr("branches_taken is of 11 I/Os"));
}

TEST(ProfileRecord, RefusesWhatDoesNotAddUp) {
  EXPECT_THAT(RefusalWith("/schema", 9),
              HasSubstr("d/profile.json: schema is 9, and this daxmend reads"));
  EXPECT_THAT(RefusalWith("/jobs/0/paths/fast/work", 1),
              HasSubstr("work_of_ios does not add up"));
  EXPECT_THAT(RefusalWith("/jobs/0/paths/fast/stacks/0/1", 1),
              HasSubstr("stacks add up to"));
  EXPECT_THAT(RefusalWith("/jobs/0/paths/fast/stacks/0/0/0", 99),
              HasSubstr("is the number of no function"));
  EXPECT_THAT(
      RefusalWith("/jobs/0/paths/fast/stacks/0/0", nlohmann::json::array()),
      HasSubstr("is empty"));
  EXPECT_THAT(RefusalWith("/functions/0", nlohmann::json::array({"a"})),
              HasSubstr("functions[0] is no pair"));
}

TEST(ProfileRecord, CutOffAnywhereIsRefused) {
  const std::string text = ToJson(SampleProfile());
  for (size_t length = 0; length + 1 < text.size(); length += 11)
    EXPECT_THAT(RefusalOf(text.substr(0, length)),
                testing::StartsWith("d/profile.json is not valid JSON"));
}

TEST(ProfileRecord, SelfLeavesOutWhatIsCalled) {
  const ProfileRecord profile = SampleProfile();
  EXPECT_EQ(SelfOf(profile, profile.jobs[0].path(Path::kFast).stacks),
            (std::vector<std::pair<ProfileFunction, uint64_t>>{
                {{"fio-daxmend.so", "daxmend::Job::Queue"}, 70},
                {{"kernel", "dax_iomap_rw"}, 30}}));
}

}  // namespace
}  // namespace daxmend
