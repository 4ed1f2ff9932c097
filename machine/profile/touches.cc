// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/touches.h"

#include <algorithm>

namespace daxmend {
namespace {

uint64_t Distinct(std::vector<uint64_t>* lines) {
  std::sort(lines->begin(), lines->end());
  return static_cast<uint64_t>(std::unique(lines->begin(), lines->end()) -
                               lines->begin());
}

}  // namespace

void AddCode(const CodeBlock& block, CacheModel* caches,
             std::vector<Touch>* to) {
  for (uint64_t line = block.begin >> kLineBits;
       line <= (block.end - 1) >> kLineBits; ++line) {
    const CacheModel::Missed missed =
        caches != nullptr ? caches->Code(line) : CacheModel::Missed{};
    if (to != nullptr)
      to->push_back({line, Touch::Kind::kCode, caches != nullptr, missed});
  }
}

void AddData(uint64_t address, uint64_t bytes, bool store, CacheModel* caches,
             std::vector<Touch>* to) {
  const uint64_t first = address >> kLineBits;
  const uint64_t last =
      (address + std::max<uint64_t>(bytes, 1) - 1) >> kLineBits;
  for (uint64_t line = first; line <= last; ++line) {
    const CacheModel::Missed missed = caches->Data(line);
    if (to != nullptr)
      to->push_back({line, store ? Touch::Kind::kStore : Touch::Kind::kLoad,
                     line == first, missed});
  }
}

void TouchLog::Add(const std::vector<Touch>& touches) {
  touches_.insert(touches_.end(), touches.begin(), touches.end());
  entries_.push_back({touches_.size()});
}

void TouchLog::Clear() {
  touches_.clear();
  entries_.clear();
}

void FootprintSum::Add(const TouchLog& log, size_t entry) {
  Count(FootprintCount::kBranches) += log.branch(entry);
  for (const Touch* touch = log.begin(entry); touch != log.end(entry);
       ++touch) {
    const bool code = touch->kind == Touch::Kind::kCode;
    (code ? code_ : data_).push_back(touch->line);
    if (!code)
      Count(touch->kind == Touch::Kind::kStore ? FootprintCount::kStores
                                               : FootprintCount::kLoads) +=
          touch->counts;
    Count(code ? FootprintCount::kL1Code : FootprintCount::kL1Data) +=
        touch->missed.l1;
    Count(FootprintCount::kL2) += touch->missed.l2;
  }
}

FootprintSample FootprintSum::Take() {
  Count(FootprintCount::kCodeLines) = Distinct(&code_);
  Count(FootprintCount::kDataLines) = Distinct(&data_);
  return sample_;
}

}  // namespace daxmend
