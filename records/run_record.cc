// SPDX-License-Identifier: GPL-2.0-only

#include "records/run_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr unsigned kFirstSlotBits = 20;
// ns >> 56 is below kSlots for every 64-bit ns: Record() stops widening there.
constexpr unsigned kLastSlotBits = 56;

}  // namespace

std::string ClockRefusal(const Environment& environment,
                         const std::string& name) {
  std::optional<ClockCheck> check = environment.clock_check;
  if (!check && environment.clock == Clock::kWall &&
      !environment.qemu.empty()) {
    check.emplace();
    check->problem = "the record is of a daxmend that did not";
  }
  return ClockRefusal(check, name);
}

void Timeline::Add(uint64_t ns, const Slot& some) {
  while (ns >> slot_bits_ >= kSlots) Widen();
  const size_t at = ns >> slot_bits_;
  slots_[at].ios += some.ios;
  slots_[at].bytes += some.bytes;
  slots_[at].recovered += some.recovered;
  used_ = std::max(used_, at + 1);
  end_ns_ = ns;
}

void Timeline::Widen() {
  for (size_t i = 0; i < kSlots; ++i) {
    Slot joined;
    for (size_t from = 2 * i; from < 2 * i + 2 && from < kSlots; ++from) {
      joined.ios += slots_[from].ios;
      joined.bytes += slots_[from].bytes;
      joined.recovered += slots_[from].recovered;
    }
    slots_[i] = joined;
  }
  used_ = (used_ + 1) / 2;
  ++slot_bits_;
}

void Timeline::Merge(const Timeline& other) {
  Timeline same_width = other;
  while (same_width.slot_bits_ < slot_bits_) same_width.Widen();
  while (slot_bits_ < same_width.slot_bits_) Widen();
  for (size_t i = 0; i < same_width.used_; ++i) {
    slots_[i].ios += same_width.slots_[i].ios;
    slots_[i].bytes += same_width.slots_[i].bytes;
    slots_[i].recovered += same_width.slots_[i].recovered;
  }
  used_ = std::max(used_, same_width.used_);
  end_ns_ = std::max(end_ns_, other.end_ns_);
}

Timeline Timeline::FromSlots(uint64_t slot_ns, const std::vector<Slot>& slots,
                             uint64_t end_ns) {
  if (!std::has_single_bit(slot_ns) ||
      slot_ns < uint64_t{1} << kFirstSlotBits ||
      slot_ns > uint64_t{1} << kLastSlotBits)
    throw Error({.thing = fmt::format("a slot of {} ns", slot_ns),
                 .cause = "is not a power of two from 2^20 to 2^56"});
  if (slots.size() > kSlots)
    throw Error({.thing = fmt::format("{} slots", slots.size()),
                 .cause = fmt::format("are more than {}", kSlots)});
  Timeline timeline;
  timeline.slot_bits_ = static_cast<unsigned>(std::countr_zero(slot_ns));
  std::copy(slots.begin(), slots.end(), timeline.slots_.begin());
  timeline.used_ = slots.size();
  if (end_ns >> timeline.slot_bits_ >= std::max<size_t>(1, slots.size()))
    throw Error({.thing = fmt::format("an end at {} ns", end_ns),
                 .cause = "is past the last slot"});
  timeline.end_ns_ = end_ns;
  return timeline;
}

const LatencyHistogram& PathHistograms::Empty() {
  static const LatencyHistogram empty;
  return empty;
}

uint64_t JobRecord::LastNumber(const std::string& option,
                               uint64_t otherwise) const {
  const auto at = options.find(option);
  if (at == options.end()) return otherwise;
  const size_t last = at->second.rfind('\n') + 1;  // 0 where there is none
  return std::strtoull(at->second.c_str() + last, nullptr, 10);
}

void JobRecord::Merge(const JobRecord& other) {
  workers += other.workers;
  number = std::min(number, other.number);
  start_ns = std::min(start_ns, other.start_ns);
  counters.Add(other.counters);
  AddShares(other.devices, &devices);
  paths.Merge(other.paths);
  timeline.Merge(other.timeline);
}

const JobRecord* RunRecord::Find(const std::string& name) const {
  const auto at = std::ranges::find(jobs, name, &JobRecord::name);
  return at != jobs.end() ? &*at : nullptr;
}

JobRecord& RunRecord::AddJob(JobRecord job) {
  const std::string name = job.name;
  auto same = std::find_if(jobs.begin(), jobs.end(), [&](const JobRecord& j) {
    return j.name == job.name;
  });
  const auto earlier = [](const JobRecord& a, const JobRecord& b) {
    return a.number < b.number;
  };
  if (same != jobs.end()) {
    same->Merge(job);
  } else {
    jobs.push_back(std::move(job));
  }
  // Also after a merge: the processes of a job end in any order, and the one
  // with the smallest number gives the job its place.
  if (!std::is_sorted(jobs.begin(), jobs.end(), earlier))
    std::stable_sort(jobs.begin(), jobs.end(), earlier);
  return *std::ranges::find(jobs, name, &JobRecord::name);
}

}  // namespace daxmend
