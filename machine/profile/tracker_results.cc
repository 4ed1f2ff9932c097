// SPDX-License-Identifier: GPL-2.0-only
//
// What the tracker found: sums of the logs of I/Os, and the text they leave in.

#include <cinttypes>

#include "machine/profile/tracker.h"

namespace daxmend {

void Tracker::Record(TrackedPath path, const std::vector<Part>& parts) {
  if (!current_->in_io) return;
  Sum& sum = sums_[current_->job][static_cast<size_t>(path)];
  Sample sample;
  FootprintSum footprint;
  for (Part part : parts)
    for (size_t i = part.begin; i < part.end; ++i) {
      const Entry& entry = current_->log[i];
      sum.counts[{entry.node, entry.block, entry.method}] += entry.instructions;
      (entry.node == kOthers             ? sample.others
       : nodes_[entry.node].in_interrupt ? sample.interrupts
                                         : sample.work) += entry.instructions;
      if (entry.node != kOthers && !nodes_[entry.node].in_interrupt &&
          (nodes_[entry.node].in_upkeep || blocks_.at(entry.block)->upkeep))
        sample.upkeep += entry.instructions;
      if (caches_ && entry.node != kOthers && !nodes_[entry.node].in_interrupt)
        footprint.Add(current_->touches, i);
    }
  if (caches_) sample.footprint = footprint.Take();
  sum.samples.push_back(sample);
}

void Tracker::Write(std::FILE* to,
                    const std::vector<std::string>& methods) const {
  std::fprintf(to, "daxmend-profile 2\n");
  for (size_t i = 0; i < methods.size(); ++i)
    std::fprintf(to, "M %zu %s\n", i + 1, methods[i].c_str());
  for (size_t i = 2; i < nodes_.size(); ++i)
    std::fprintf(to, "N %zu %u %d %" PRIx64 "\n", i, nodes_[i].parent,
                 nodes_[i].enters_interrupt, nodes_[i].site);
  for (const auto& [id, block] : blocks_)
    std::fprintf(to, "B %u %" PRIx64 "\n", id, block->begin);
  for (const auto& [job, paths] : sums_)
    for (size_t path = 0; path < kTrackedPaths; ++path) {
      const Sum& sum = paths[path];
      if (sum.samples.empty()) continue;
      std::fprintf(to, "P %u %zu\n", job, path);
      for (const Sample& sample : sum.samples) {
        std::fprintf(to, "S %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                     sample.work, sample.interrupts, sample.others,
                     sample.upkeep);
        if (!caches_) continue;
        std::fprintf(to, "F");
        for (uint64_t count : sample.footprint)
          std::fprintf(to, " %" PRIu64, count);
        std::fprintf(to, "\n");
      }
      for (const auto& [place, count] : sum.counts)
        std::fprintf(to, "C %u %u %" PRIu64 " %u\n", place.node, place.block,
                     count, place.method);
    }
  std::fprintf(to, "E\n");
}

}  // namespace daxmend
