// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/poison_feed.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace daxmend {
namespace {

// The kernel stops after so many records and leaves the rest to the next time
// (CXL_POISON_LIST_MAX, drivers/cxl/cxlmem.h, Linux 6.12).
constexpr uint64_t kKernelsMost = 1024;
// When nothing else does: a device that says the same again and again.
constexpr int kMostRounds = 100000;
// What drivers/cxl/core/trace.h calls a transaction of that kind.
constexpr char kInjection[] = "Host Inject Poison";

}  // namespace

void CxlPoisonFeed::ApplyUnmapped(const CxlTraceLine& line) {
  for (uint64_t dpa = line.dpa.begin; dpa < line.dpa.end; dpa += kLineBytes) {
    const std::pair place = {line.memdev, dpa};
    if (line.kind == CxlTraceLine::Kind::kCleared)
      unmapped_.erase(place);
    else if (line.kind == CxlTraceLine::Kind::kInjected)
      unmapped_.try_emplace(place, CxlPoison{"injected", ""});
    else
      unmapped_.insert_or_assign(place,
                                 CxlPoison{LowerCase(line.source), line.flags});
  }
}

void CxlPoisonFeed::Apply(const CxlTraceLine& line) {
  const auto target = map_.TargetOn(line.memdev);
  if (!target) return;
  const DpaRange ours = Intersect(line.dpa, map_.targets[*target].dpa);
  if (ours.empty()) {
    if (line.region.empty()) ApplyUnmapped(line);
    return;
  }
  if (line.hpa) {
    const auto offset = map_.ToOffset({*target, line.dpa.begin});
    if (offset && map_.hpa.begin + *offset != *line.hpa)
      throw Error(
          {.thing = fmt::format("DPA {} of {}", Hexadecimal(line.dpa.begin),
                                line.memdev),
           .cause = fmt::format("is at {} by the kernel's reckoning and at {} "
                                "by ours",
                                Hexadecimal(*line.hpa),
                                Hexadecimal(map_.hpa.begin + *offset)),
           .way_out = "do not inject or clear here, and report this with the "
                      "output of 'cxl list -v'"});
  }
  for (uint64_t dpa = ours.begin / kLineBytes * kLineBytes; dpa < ours.end;
       dpa += kLineBytes) {
    const auto offset = map_.ToOffset({*target, dpa});
    if (!offset) continue;
    const uint64_t at = *offset / kLineBytes;
    bool changed = false;
    switch (line.kind) {
      case CxlTraceLine::Kind::kCleared:
        changed = lines_.erase(at) != 0;
        break;
      case CxlTraceLine::Kind::kInjected:
        changed = lines_.try_emplace(at, CxlPoison{"injected", ""}).second;
        break;
      case CxlTraceLine::Kind::kListed:
        changed = lines_
                      .insert_or_assign(
                          at, CxlPoison{LowerCase(line.source), line.flags})
                      .second;
        break;
      case CxlTraceLine::Kind::kEvent:
      case CxlTraceLine::Kind::kLost:
        break;
    }
    if (changed) ++generation_;
  }
}

CxlPoisonFeed::Followed CxlPoisonFeed::Follow(const std::string& listing) {
  Followed followed;
  for (CxlTraceLine& line : trace_->Take()) {
    switch (line.kind) {
      case CxlTraceLine::Kind::kLost:
        followed.lost = true;
        continue;
      case CxlTraceLine::Kind::kEvent:
        // What it found may be on its list now. Of an injection the kernel has
        // told already.
        if (line.transaction != kInjection &&
            map_.TargetOn(line.memdev).has_value())
          followed.found = true;
        events_.push_back(std::move(line));
        continue;
      case CxlTraceLine::Kind::kListed:
        // Somebody else's listing says nothing new.
        if (listing.empty()) continue;
        if (line.memdev == listing) ++followed.listed;
        break;
      case CxlTraceLine::Kind::kInjected:
      case CxlTraceLine::Kind::kCleared:
        break;
    }
    Apply(line);
  }
  return followed;
}

void CxlPoisonFeed::Ask() {
  const CxlPoisonedLines before = std::exchange(lines_, {});
  const uint64_t generation = generation_;
  unmapped_.clear();
  cut_ = false;
  std::set<std::string> asked;
  for (const CxlTarget& target : map_.targets) {
    if (!asked.insert(target.memdev).second) continue;
    for (int round = 0;; ++round) {
      const size_t known = lines_.size();
      trace_->TriggerList(target.memdev);
      const Followed followed = Follow(target.memdev);
      cut_ = cut_ || followed.lost;
      if (followed.listed < kKernelsMost) break;
      // It goes on where it stopped, or begins anew, and then that is all we
      // get.
      if (lines_.size() == known || round == kMostRounds) {
        cut_ = true;
        break;
      }
    }
  }
  generation_ = generation + (lines_ != before);
  asked_ = true;
}

std::shared_ptr<CxlPoisonFeed> CxlFeedOf(const std::string& region,
                                         const CxlAddressMap& map,
                                         const CxlPlaces& places) {
  thread_local std::map<std::pair<pid_t, std::string>,
                        std::weak_ptr<CxlPoisonFeed>>
      feeds;
  std::weak_ptr<CxlPoisonFeed>& place =
      feeds[{getpid(), places.devices + "/" + region}];
  std::shared_ptr<CxlPoisonFeed> feed = place.lock();
  // A region that was made anew is another one.
  if (feed && feed->map() == map) return feed;
  place = feed = std::make_shared<CxlPoisonFeed>(map, OpenCxlTrace(places));
  return feed;
}

const CxlPoisonedLines& CxlPoisonFeed::Now() {
  const Followed followed = Follow("");
  if (followed.lost || followed.found || !asked_) Ask();
  return lines_;
}

}  // namespace daxmend
