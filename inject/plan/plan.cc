// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plan/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <random>
#include <set>

#include "core/error.h"
#include "records/json_reader.h"

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
    throw Error(
        {.thing = file,
         .cause = fmt::format(
             "has room for {} spans of {} bytes in [{}, {}), not for {}", room,
             request.span, region.begin, region.end, *request.count),
         .way_out = "lower --count or widen --length"});
  std::mt19937_64 random(request.seed);
  std::vector<FileRange> spans;
  for (uint64_t at : Sample(random, room, *request.count)) {
    uint64_t inside = Below(random, slot / request.span) * request.span;
    spans.push_back(
        FileRange::OfLength(slots.begin + at * slot + inside, request.span));
  }
  return spans;
}

std::vector<FileRange> EverySpan(const PlanRequest& request, FileRange region) {
  if (*request.every % request.unit != 0 || *request.every < request.span)
    throw Error(
        {.thing = fmt::format("--every {}", *request.every),
         .cause = fmt::format("is less than --span {} or not a multiple of {}",
                              request.span, request.unit),
         .way_out = "choose another"});
  const FileRange whole = AlignIn(region, request.unit);
  std::vector<FileRange> spans;
  for (uint64_t at = whole.begin; at + request.span <= whole.end;
       at += *request.every)
    spans.push_back(FileRange::OfLength(at, request.span));
  if (spans.empty())
    throw Error({.thing = fmt::format("a span of {} bytes", request.span),
                 .cause = fmt::format("does not fit into [{}, {})",
                                      region.begin, region.end),
                 .way_out = "lower --span"});
  return spans;
}

template <class Read>
std::vector<FileRange> ReadEntries(std::string_view text,
                                   const std::string& source, Read read) {
  const nlohmann::json document = ParseJson(text, source);
  std::vector<FileRange> ranges;
  for (const JsonReader& entry :
       JsonReader(document, source).At("poison").Elements())
    ranges.push_back(read(entry));
  if (ranges.empty())
    throw Error({.thing = source,
                 .cause = "plans nothing",
                 .way_out = "add a range to its poison"});
  return ranges;
}

std::vector<FileRange> CheckGiven(std::vector<FileRange> ranges,
                                  const std::string& file, uint64_t file_size,
                                  uint64_t unit) {
  std::sort(ranges.begin(), ranges.end());
  uint64_t last = 0;
  for (FileRange range : ranges) {
    const std::string name = fmt::format("[{}, {}) of the plan for {}",
                                         range.begin, range.end, file);
    auto refuse = [&](const std::string& cause) {
      throw Error(
          {.thing = name, .cause = cause, .way_out = "correct the plan"});
    };
    if (range.empty()) refuse("is empty");
    if (range.begin % unit || range.end % unit)
      refuse(fmt::format("does not consist of whole units of {} bytes", unit));
    if (range.begin < last) refuse("overlaps the range before it");
    if (range.end > AlignOut(FileRange{0, file_size}, unit).end)
      refuse(fmt::format("reaches past the end of the file at {}", file_size));
    last = range.end;
  }
  return ranges;
}

}  // namespace

std::vector<FileRange> ReadPlan(std::string_view text,
                                const std::string& source,
                                const std::string& path) {
  return ReadEntries(text, source, [&](const JsonReader& entry) -> FileRange {
    if (entry.Has("path") && entry.At("path").String() != path)
      entry.At("path").Fail("is not " + path + ", the file to be poisoned",
                            "name that file, or the device to poison it all");
    return {entry.At("file_begin").Unsigned(), entry.At("file_end").Unsigned()};
  });
}

std::vector<FileRange> ReadDevicePlan(std::string_view text,
                                      const std::string& source,
                                      const DevicePart& part) {
  return ReadEntries(text, source, [&](const JsonReader& entry) -> FileRange {
    if (entry.At("device").String() != part.disk)
      entry.At("device").Fail("is not " + part.disk +
                              ", the device to be poisoned");
    const uint64_t unit = entry.Has("unit_bytes")
                              ? entry.At("unit_bytes").Unsigned()
                              : kSectorBytes;
    if (unit != part.unit_bytes)
      entry.Fail(
          fmt::format("counts in units of {} bytes, but errors of {} have {}",
                      unit, part.node, part.unit_bytes));
    const UnitRange units{entry.At("sector_begin").Unsigned(),
                          entry.At("sector_end").Unsigned()};
    if (units.empty() || !part.units.Contains(units))
      entry.At("sector_begin")
          .Fail("to sector_end is not a range of " + part.node);
    return {(units.begin - part.units.begin) * unit,
            (units.end - part.units.begin) * unit};
  });
}

std::vector<FileRange> PlanPoison(const PlanRequest& request,
                                  const std::string& file, uint64_t file_size) {
  if (!request.ranges.empty())
    return CheckGiven(request.ranges, file, file_size, request.unit);
  if (request.offset >= file_size)
    throw Error({.thing = file,
                 .cause = fmt::format("ends at {}, before offset {}", file_size,
                                      request.offset),
                 .way_out = "choose an --offset inside the file"});
  const uint64_t rest = file_size - request.offset;
  const uint64_t length = request.length.value_or(rest);
  if (length == 0)
    throw Error({.thing = "--length 0",
                 .cause = "poisons nothing of " + file,
                 .way_out = "raise it"});
  if (length > rest)
    throw Error({.thing = file,
                 .cause = fmt::format("ends at {}, before {} + {}", file_size,
                                      request.offset, length),
                 .way_out = fmt::format("lower --length to at most {}", rest)});
  const FileRange region = FileRange::OfLength(request.offset, length);
  if (!request.count && !request.every) return {AlignOut(region, request.unit)};
  if (request.count && *request.count == 0)
    throw Error({.thing = "--count 0",
                 .cause = "poisons nothing of " + file,
                 .way_out = "raise it"});
  if (!std::has_single_bit(request.span) || request.span < request.unit)
    throw Error(
        {.thing = fmt::format("--span {}", request.span),
         .cause = fmt::format("is not a power of two of at least {} bytes",
                              request.unit),
         .way_out = "choose one"});
  if (request.every) return EverySpan(request, region);
  return DrawSpans(request, file, region);
}

}  // namespace daxmend
