// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan.h"

#include <algorithm>
#include <bit>
#include <random>
#include <set>

#include "core/error.h"

namespace daxmend {
namespace {

// A number below `bound`, each equally likely. The standard's distributions
// differ between libraries, and a seed must mean the same everywhere.
uint64_t Below(std::mt19937_64& random, uint64_t bound) {
  const uint64_t usable = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value;
  do {
    value = random();
  } while (value >= usable);
  return value % bound;
}

// `count` different numbers below `bound` (R. Floyd's sampling: every set of
// that size is equally likely).
std::set<uint64_t> Sample(std::mt19937_64& random, uint64_t bound,
                          uint64_t count) {
  std::set<uint64_t> chosen;
  for (uint64_t top = bound - count; top < bound; ++top) {
    uint64_t pick = Below(random, top + 1);
    if (!chosen.insert(pick).second) chosen.insert(top);
  }
  return chosen;
}

std::vector<FileRange> DrawSpans(const PlanRequest& request,
                                 const std::string& file, FileRange region) {
  // A span lives in a slot of its own: itself, or its page if that is larger.
  const uint64_t slot = std::max(request.span, kPageBytes);
  const FileRange slots = AlignIn(region, slot);
  const uint64_t room = slots.length() / slot;
  if (*request.count > room)
    throw Error(file + " has room for " + std::to_string(room) + " spans of " +
                std::to_string(request.span) + " bytes in [" +
                std::to_string(region.begin) + ", " +
                std::to_string(region.end) + "), not for " +
                std::to_string(*request.count) +
                ": lower --count or widen --length");
  std::mt19937_64 random(request.seed);
  std::vector<FileRange> spans;
  for (uint64_t at : Sample(random, room, *request.count)) {
    uint64_t inside = Below(random, slot / request.span) * request.span;
    spans.push_back(
        FileRange::OfLength(slots.begin + at * slot + inside, request.span));
  }
  return spans;
}

}  // namespace

std::vector<FileRange> PlanPoison(const PlanRequest& request,
                                  const std::string& file, uint64_t file_size) {
  if (request.offset >= file_size)
    throw Error(file + " ends at " + std::to_string(file_size) +
                ", before offset " + std::to_string(request.offset) +
                ": choose an --offset inside the file");
  const uint64_t rest = file_size - request.offset;
  const uint64_t length = request.length.value_or(rest);
  if (length == 0) throw Error("--length 0 poisons nothing of " + file);
  if (length > rest)
    throw Error(file + " ends at " + std::to_string(file_size) + ", before " +
                std::to_string(request.offset) + " + " +
                std::to_string(length) + ": lower --length to at most " +
                std::to_string(rest));
  const FileRange region = FileRange::OfLength(request.offset, length);
  if (!request.count) return {AlignOut(region, kSectorBytes)};
  if (*request.count == 0) throw Error("--count 0 poisons nothing of " + file);
  if (!std::has_single_bit(request.span) || request.span < kSectorBytes)
    throw Error("--span " + std::to_string(request.span) +
                " is not a power of two of at least 512 bytes");
  return DrawSpans(request, file, region);
}

}  // namespace daxmend
