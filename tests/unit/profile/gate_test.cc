// SPDX-License-Identifier: GPL-2.0-only
//
// The gate where both runs have a profile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/gate/gate_formats.h"
#include "results/gate/gate_result.h"
#include "tests/unit/records/sample_profile.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

RunRecord MeasuredTwice(uint64_t fast) {
  RunRecord run;
  run.environment.clock = Clock::kVirtual;
  run.jobs.resize(1);
  run.jobs[0].name = "job \"1\"";
  run.jobs[0].number = 1;
  for (int i = 0; i < 10; ++i) run.jobs[0].path(Path::kFast).Record(fast);
  run.jobs[0].path(Path::kRecovery).Record(1007);
  return run;
}

const GateRow& RowOf(const GateResult& result, const std::string& path,
                     const std::string& metric) {
  for (const GateRow& row : result.rows)
    if (row.key.path == path && row.key.metric == metric) return row;
  ADD_FAILURE() << "no row " << path << " " << metric;
  static const GateRow kNone;
  return kNone;
}

// Three instructions more in every I/O.
ProfileRecord Dearer() {
  ProfileRecord profile = SampleProfile();
  ProfilePath& fast = profile.jobs[0].path(Path::kFast);
  fast.stacks[{0}] += 30;
  fast.work += 30;
  fast.work_of_ios = {{12, 1}, {13, 8}, {14, 1}};
  fast.steady_of_ios = fast.work_of_ios;
  return profile;
}

TEST(GateWithProfiles, JudgesTheWorkAndNamesTheFunction) {
  const ProfileRecord base = SampleProfile(), next = Dearer();
  const GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(13),
                                      "b", {}, "", {&base, &next});
  EXPECT_EQ(result.Status(), 1);
  const GateRow& row = RowOf(result, "fast", "work");
  EXPECT_EQ(row.verdict, Verdict::kWorse);
  EXPECT_EQ(EvidenceText(row),
            "10 -> 13 instructions (+3, +30.0 %): daxmend::Job::Queue +3");
  EXPECT_THAT(GateAsJson(result),
              HasSubstr("\"function\": \"daxmend::Job::Queue\""));
  EXPECT_EQ(RowOf(result, "recovery", "work").verdict, Verdict::kSame);
}

TEST(GateWithProfiles, NamesWhatExplainsTheChangeBeforeWhatIsOnlyLarger) {
  const ProfileRecord base = SampleProfile();
  ProfileRecord next = Dearer();
  // In one I/O of ten, as a checksum of other bytes: the median does not move.
  ProfilePath& fast = next.jobs[0].path(Path::kFast);
  fast.stacks[{1}] += 100;
  fast.work += 100;
  fast.work_of_ios = {{12, 1}, {13, 8}, {114, 1}};
  fast.steady_of_ios = fast.work_of_ios;
  const GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(13),
                                      "b", {}, "", {&base, &next});
  EXPECT_THAT(EvidenceText(RowOf(result, "fast", "work")),
              HasSubstr(": daxmend::Job::Queue +3, "));
}

TEST(GateWithProfiles, DoesNotJudgeWhatInterruptsAreIn) {
  // The same work, and more time.
  const ProfileRecord profile = SampleProfile();
  const GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(90),
                                      "b", {}, "", {&profile, &profile});
  EXPECT_EQ(result.Status(), 0) << GateAsText(result);
  for (const char* metric : {"mean", "min", "p50", "max"})
    EXPECT_EQ(RowOf(result, "fast", metric).verdict, Verdict::kIgnored)
        << metric;
}

// What the kernel's allocators did in it depends on what was done before.
TEST(GateWithProfiles, DoesNotJudgeUpkeep) {
  const ProfileRecord base = SampleProfile();
  ProfileRecord next = base;
  ProfilePath& recovery = next.jobs[0].path(Path::kRecovery);
  recovery.stacks[{0, 1, 3}] += 36;
  recovery.work += 36;
  recovery.upkeep += 36;
  recovery.work_of_ios = {{1036, 1}};
  const GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(10),
                                      "b", {}, "", {&base, &next});
  EXPECT_EQ(RowOf(result, "recovery", "work").verdict, Verdict::kSame);
  EXPECT_EQ(RowOf(result, "recovery", "work").base, 400);
}

// An event of eight instructions in one I/O or in another.
TEST(GateWithProfiles, DoesNotJudgeHowIosDivideTheirWork) {
  const ProfileRecord base = SampleProfile();
  ProfileRecord next = base;
  ProfilePath& fast = next.jobs[0].path(Path::kFast);
  fast.work_of_ios = fast.steady_of_ios = {{9, 5}, {11, 5}};
  GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(10), "b",
                                {}, "", {&base, &next});
  EXPECT_EQ(RowOf(result, "fast", "work").verdict, Verdict::kSame);
  // With one more in all it is one that is judged.
  fast.stacks[{0}] += 1;
  fast.work += 1;
  fast.work_of_ios = fast.steady_of_ios = {{9, 5}, {11, 4}, {12, 1}};
  result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(10), "b", {}, "",
                     {&base, &next});
  EXPECT_EQ(RowOf(result, "fast", "work").verdict, Verdict::kBetter);
}

TEST(GateWithProfiles, IsAsWithoutWhereOneRunHasNone) {
  const ProfileRecord profile = SampleProfile();
  const GateResult result = JudgeRuns(MeasuredTwice(10), "a", MeasuredTwice(90),
                                      "b", {}, "", {&profile, nullptr});
  EXPECT_EQ(result.Status(), 1);
  EXPECT_THAT(GateAsText(result), Not(HasSubstr("work")));
}

TEST(GateWithProfiles, NamesThreeFunctionsAndCountsTheRest) {
  GateRow row;
  row.evidence =
      Change{{"j", "fast", "work"},
             Measure{{"j", "fast", "work"}, Sense::kLower, "instructions", 10},
             Measure{{"j", "fast", "work"}, Sense::kLower, "instructions", 20},
             {},
             Verdict::kWorse};
  for (int i = 0; i < 5; ++i)
    row.functions.push_back({{"kernel", "f" + std::to_string(i)}, 0, 5.0 - i});
  EXPECT_THAT(EvidenceText(row),
              HasSubstr(": f0 +5, f1 +4, f2 +3 and 2 other functions"));
}

}  // namespace
}  // namespace daxmend
