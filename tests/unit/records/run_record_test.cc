// SPDX-License-Identifier: GPL-2.0-only

#include "records/run_record.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr uint64_t kFirstSlot = uint64_t{1} << 20;

JobRecord Job(const std::string& name, uint64_t number) {
  JobRecord job;
  job.name = name;
  job.number = number;
  job.start_ns = number * 1000;
  job.counters.ios = 1;
  job.path(Path::kFast).Record(2000 + number);
  job.timeline.Record(0, 4096, false);
  return job;
}

TEST(RunRecord, KeepsJobsInTheOrderOfTheirNumbersWhateverOrderTheyEndIn) {
  RunRecord record;
  record.AddJob(Job("c", 3));
  record.AddJob(Job("a", 1));
  record.AddJob(Job("b", 2));
  ASSERT_EQ(record.jobs.size(), 3u);
  EXPECT_EQ(record.jobs[0].name, "a");
  EXPECT_EQ(record.jobs[1].name, "b");
  EXPECT_EQ(record.jobs[2].name, "c");
}

TEST(RunRecord, JoinsTheProcessesOfOneJob) {
  RunRecord record;
  record.AddJob(Job("other", 2));
  record.AddJob(Job("same", 3));
  record.AddJob(Job("same", 1));
  ASSERT_EQ(record.jobs.size(), 2u);
  const JobRecord& same = record.jobs[0];
  EXPECT_EQ(same.name, "same");
  EXPECT_EQ(same.number, 1u);
  EXPECT_EQ(same.start_ns, 1000u);
  EXPECT_EQ(same.counters.ios, 2u);
  EXPECT_EQ(same.path(Path::kFast).count(), 2u);
  EXPECT_EQ(same.timeline.slot(0).ios, 2u);
}

TEST(RunRecord, TheOrderInWhichProcessesEndDoesNotShowInTheRecord) {
  RunRecord forth, back;
  for (uint64_t i : {1, 2, 3, 4}) forth.AddJob(Job(i % 2 ? "a" : "b", i));
  for (uint64_t i : {4, 3, 2, 1}) back.AddJob(Job(i % 2 ? "a" : "b", i));
  EXPECT_EQ(forth, back);
}

TEST(Counters, AddEveryField) {
  Counters sum{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  sum.Add({10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
  EXPECT_EQ(sum, (Counters{11, 22, 33, 44, 55, 66, 77, 88, 99, 110}));
}

TEST(Timeline, JoinsNeighboursWhenItsSlotsRunOut) {
  Timeline timeline;
  timeline.Record(0, 1, false);
  timeline.Record(kFirstSlot, 2, true);
  EXPECT_EQ(timeline.used(), 2u);
  timeline.Record(Timeline::kSlots * kFirstSlot, 4, false);
  EXPECT_EQ(timeline.slot_ns(), 2 * kFirstSlot);
  EXPECT_EQ(timeline.slot(0), (Timeline::Slot{2, 3, 1}));
  EXPECT_EQ(timeline.slot(Timeline::kSlots / 2), (Timeline::Slot{1, 4, 0}));
  EXPECT_EQ(timeline.used(), Timeline::kSlots / 2 + 1);
}

TEST(Timeline, TakesTheLatestTimeThereIs) {
  Timeline timeline;
  timeline.Record(5, 1, false);
  timeline.Record(UINT64_MAX, 1, false);
  EXPECT_EQ(timeline.slot(0).ios, 1u);
  EXPECT_EQ(timeline.slot(Timeline::kSlots - 1).ios, 1u);
}

TEST(Timeline, MergesOneOfAnotherWidthEitherWay) {
  Timeline narrow, wide;
  narrow.Record(3 * kFirstSlot, 10, true);
  wide.Record(3 * kFirstSlot, 1, false);
  wide.Record(2 * Timeline::kSlots * kFirstSlot, 1, false);
  Timeline one = narrow, other = wide;
  one.Merge(wide);
  other.Merge(narrow);
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.slot_ns(), 4 * kFirstSlot);
  EXPECT_EQ(one.slot(0), (Timeline::Slot{2, 11, 1}));
}

TEST(Timeline, KeepsALastSlotWithoutANeighbour) {
  Timeline timeline;
  timeline.Record(2 * kFirstSlot, 5, false);
  timeline.Merge(Timeline::FromSlots(2 * kFirstSlot, {{1, 1, 0}}, 9));
  EXPECT_EQ(timeline.used(), 2u);
  EXPECT_EQ(timeline.slot(1), (Timeline::Slot{1, 5, 0}));
}

TEST(Timeline, ComesBackFromItsSlots) {
  Timeline timeline;
  timeline.Record(3 * Timeline::kSlots * kFirstSlot, 7, true);
  std::vector<Timeline::Slot> slots;
  for (size_t i = 0; i < timeline.used(); ++i)
    slots.push_back(timeline.slot(i));
  EXPECT_EQ(Timeline::FromSlots(timeline.slot_ns(), slots, timeline.end_ns()),
            timeline);
}

TEST(Timeline, RefusesSlotsItCouldNotHaveWritten) {
  EXPECT_THROW(Timeline::FromSlots(kFirstSlot, {{1, 1, 0}}, kFirstSlot), Error);
  EXPECT_THROW(Timeline::FromSlots(0, {}, 0), Error);
  EXPECT_THROW(Timeline::FromSlots(1 << 19, {}, 0), Error);
  EXPECT_THROW(Timeline::FromSlots((1 << 20) + 1, {}, 0), Error);
  EXPECT_THROW(Timeline::FromSlots(uint64_t{1} << 57, {}, 0), Error);
  EXPECT_THROW(
      Timeline::FromSlots(1 << 20, std::vector<Timeline::Slot>(257), 0), Error);
}

}  // namespace
}  // namespace daxmend
