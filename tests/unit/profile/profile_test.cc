// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ioengine/kernel_upkeep.h"
#include "results/page/profile_section.h"
#include "results/profile/profile_files.h"
#include "results/profile/profile_text.h"
#include "tests/unit/records/sample_profile.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;

// The run of the sample, as the engine measured it.
RunRecord MeasuredRun() {
  RunRecord run;
  run.jobs.resize(1);
  run.jobs[0].name = "job \"1\"";
  run.jobs[0].number = 1;
  for (int i = 0; i < 9; ++i) run.jobs[0].path(Path::kFast).Record(10);
  run.jobs[0].path(Path::kFast).Record(14);
  run.jobs[0].path(Path::kRecovery).Record(1007);
  return run;
}

TEST(ProfileText, MedianIsOneOfTheIos) {
  ProfilePath path;
  EXPECT_EQ(MedianWork(path), 0u);
  path.ios = 4;
  path.work_of_ios = {{5, 2}, {7, 2}};
  path.steady_of_ios = path.work_of_ios;
  EXPECT_EQ(MedianWork(path), 5u);
  path.ios = 5;
  path.work_of_ios = {{5, 2}, {7, 3}};
  path.steady_of_ios = path.work_of_ios;
  EXPECT_EQ(MedianWork(path), 7u);
}

TEST(KernelUpkeep, IsWhatDoesNotDependOnTheIo) {
  for (const char* name : {"kfree", "__kmalloc_node", "___slab_alloc.isra.0",
                           "schedule", "generic_update_time"})
    EXPECT_TRUE(IsKernelUpkeep(name)) << name;
  for (const char* name : {"dax_iomap_rw", "copy_user_generic_string",
                           "acpi_ps_parse_aml", "pmem_do_write", "vfs_read"})
    EXPECT_FALSE(IsKernelUpkeep(name)) << name;
}

TEST(ProfileText, MedianWithoutUpkeepIsItsOwn) {
  const ProfileRecord profile = SampleProfile();
  EXPECT_EQ(MedianWork(profile.jobs[0].path(Path::kRecovery)), 1000u);
  EXPECT_EQ(MedianSteady(profile.jobs[0].path(Path::kRecovery)), 400u);
}

TEST(ProfileText, SaysWhetherItAddsUp) {
  RunRecord run = MeasuredRun();
  EXPECT_THAT(ProfileAsText(SampleProfile(), run, 10, 80),
              HasSubstr("2 of 2 paths: the functions add up"));
  run.jobs[0].path(Path::kRecovery).Record(2000);
  EXPECT_THAT(ProfileAsText(SampleProfile(), run, 10, 80),
              HasSubstr("recovery: the engine measured 2 I/Os, the profile "
                        "has 1\n"));
  run = MeasuredRun();
  run.jobs[0].path(Path::kFast) = {};
  for (int i = 0; i < 10; ++i) run.jobs[0].path(Path::kFast).Record(11);
  EXPECT_THAT(ProfileAsText(SampleProfile(), run, 10, 80),
              HasSubstr("fast: the engine measured 110, of which nothing was "
                        "executed in +6\n"));
}

TEST(ProfileText, SaysWhatWasTouched) {
  ProfileRecord profile = SampleProfile();
  ProfilePath& fast = profile.jobs[0].path(Path::kFast);
  for (size_t i = 0; i < kFootprintCounts; ++i)
    fast.footprint[i] = {{5 + i, 9}, {1000, 1}};
  profile.caches = CacheSizes{};
  const std::string text = ProfileAsText(profile, MeasuredRun(), 10, 80);
  EXPECT_THAT(text, HasSubstr("touched: loads 5 (at most 1,000), stores 6 "
                              "(1,000)"));
  EXPECT_THAT(text,
              HasSubstr("misses are a model's: 32 KiB for code and 32 KiB for "
                        "data of 8 ways"));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 80u) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(ProfileText, SaysHowMuchIsTheFirmware) {
  ProfileRecord profile = SampleProfile();
  EXPECT_THAT(ProfileAsText(profile, MeasuredRun(), 10, 200),
              HasSubstr("; 800 of 1,000 are the firmware's AML"));
  profile.functions[1].name = "clear_err";
  EXPECT_THAT(ProfileAsText(profile, MeasuredRun(), 10, 200),
              Not(HasSubstr("AML")));
}

TEST(ProfileText, SaysWhichMethodsOfTheFirmware) {
  ProfileRecord profile = SampleProfile();
  EXPECT_EQ(MethodsText(profile, profile.jobs[0].path(Path::kFast), 2), "");
  ProfilePath path;
  path.ios = 2;
  profile.functions = {{"kernel", "acpi_ps_parse_aml"},
                       {kFirmwareModule, "A"},
                       {kFirmwareModule, "B"},
                       {kFirmwareModule, "C"}};
  path.stacks = {
      {{0}, 1000}, {{0, 1}, 10}, {{0, 2}, 40}, {{0, 2, 0}, 60}, {{0, 3}, 5}};
  EXPECT_EQ(MethodsText(profile, path, 2), "B 50, A 5, 1 more 2.50");
  EXPECT_EQ(FirmwareWork(profile, path), 1115u);
}

TEST(ProfileText, TheRestIsOneRow) {
  const std::string text = ProfileAsText(SampleProfile(), MeasuredRun(), 1, 80);
  EXPECT_THAT(text, HasSubstr("daxmend::Job::Queue"));
  EXPECT_THAT(text, HasSubstr("1 more"));
  EXPECT_THAT(text, Not(HasSubstr("dax_iomap_rw")));
}

TEST(ProfileDiff, NamesTheFunctionsThatChanged) {
  ProfileRecord b = SampleProfile();
  ProfilePath& fast = b.jobs[0].path(Path::kFast);
  fast.stacks[{0}] += 30;
  fast.work += 30;
  fast.work_of_ios = {{12, 1}, {13, 8}, {14, 1}};
  fast.steady_of_ios = fast.work_of_ios;
  const std::vector<PathChange> changes = Changes(SampleProfile(), b);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].a, 10u);
  EXPECT_EQ(changes[0].b, 13u);
  ASSERT_EQ(changes[0].functions.size(), 1u);
  EXPECT_EQ(changes[0].functions[0].function.name, "daxmend::Job::Queue");
  EXPECT_EQ(changes[0].functions[0].change(), 3);
  EXPECT_TRUE(changes[1].functions.empty());
  const std::string text = ChangesAsText(changes, 10, 80);
  EXPECT_THAT(text, HasSubstr("10 -> 13 instructions of work in the median I/O "
                              "(+3)"));
  EXPECT_THAT(text, HasSubstr("1 of 2 paths are the same in every function"));
}

TEST(ProfileFiles, FoldedStacksAreALineEach) {
  const std::string folded = FoldedStacks(SampleProfile());
  EXPECT_THAT(folded, HasSubstr("job \"1\";fast;daxmend::Job::Queue 70\n"));
  EXPECT_THAT(folded, HasSubstr("job \"1\";fast;daxmend::Job::Queue;"
                                "dax_iomap_rw 30\n"));
  EXPECT_THAT(folded,
              HasSubstr("job \"1\";fast;[interrupts];tick<periodic> 4\n"));
  EXPECT_THAT(folded, HasSubstr("recovery;[other threads];kmem_cache_alloc 7"));
}

TEST(ProfileSection, HasEveryPathWithItsIcicle) {
  daxmend::Run run;
  run.record = MeasuredRun();
  EXPECT_EQ(ProfileSection(run), "");
  run.profile = SampleProfile();
  const std::string html = ProfileSection(run);
  EXPECT_THAT(html, HasSubstr("job &quot;1&quot; <b>fast</b>"));
  EXPECT_THAT(html, HasSubstr("in 2 of 2 paths the functions add up"));
  // Its own width, and that of what it calls below it.
  EXPECT_THAT(html, HasSubstr("left:0%;width:100%;top:0rem"));
  EXPECT_THAT(html, HasSubstr("left:0%;width:30%;top:1.375rem"));
  EXPECT_THAT(html, HasSubstr("800 of 1,000 are the emulated firmware, which "
                              "the kernel interprets (AML); without it 200 are "
                              "left"));
  EXPECT_THAT(html, Not(HasSubstr("<periodic>")));
}

TEST(ProfileDifferenceSection, ColoursWhatTakesMoreOrLess) {
  daxmend::Run a, b;
  a.record = b.record = MeasuredRun();
  EXPECT_EQ(ProfileDifferenceSection(a, b), "");
  a.profile = b.profile = SampleProfile();
  EXPECT_THAT(ProfileDifferenceSection(a, b),
              HasSubstr("2 of 2 paths are the same in every function"));
  ProfilePath& fast = b.profile->jobs[0].path(Path::kFast);
  fast.stacks[{0}] += 30;
  fast.work += 30;
  fast.work_of_ios = {{12, 1}, {13, 8}, {14, 1}};
  fast.steady_of_ios = fast.work_of_ios;
  const std::string html = ProfileDifferenceSection(a, b);
  EXPECT_THAT(html, HasSubstr("<b>fast</b> 10 to 13 (+3)"));
  EXPECT_THAT(html, HasSubstr("background:var(--bad)\" title=\"daxmend::Job::"
                              "Queue (fio-daxmend.so): 10.00 to 13.00 an I/O, "
                              "+3.00\""));
  EXPECT_THAT(html, HasSubstr("background:var(--axis)\" title=\"dax_iomap_rw"));
  EXPECT_THAT(ProfileDifferenceSection(b, a), HasSubstr("var(--good)"));
}

}  // namespace
}  // namespace daxmend
