// SPDX-License-Identifier: GPL-2.0-only

#include "records/injection_record.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "records/json_reader.h"

namespace daxmend {
namespace {

nlohmann::ordered_json RangeJson(const PoisonedRange& r) {
  return {{"file_begin", r.file.begin},      {"file_end", r.file.end},
          {"sector_begin", r.sectors.begin}, {"sector_end", r.sectors.end},
          {"spa_begin", r.spa.begin},        {"spa_end", r.spa.end}};
}

template <class Space>
Range<Space> ReadRange(const JsonReader& reader, const char* begin,
                       const char* end) {
  Range<Space> range{reader.At(begin).Unsigned(), reader.At(end).Unsigned()};
  if (range.begin > range.end)
    reader.At(end).Fail(std::string("is before ") + begin);
  return range;
}

}  // namespace

uint64_t InjectionRecord::InjectedSectors() const {
  uint64_t sectors = 0;
  for (const Injection& injection : injections)
    for (const PoisonedRange& r : injection.ranges)
      sectors += r.sectors.length();
  return sectors;
}

uint64_t InjectionRecord::InjectedPages() const {
  uint64_t pages = 0;
  for (const Injection& injection : injections) {
    std::vector<DeviceRange> touched;
    for (const PoisonedRange& r : injection.ranges)
      touched.push_back(
          AlignOut(DeviceRange{r.sectors.begin * injection.unit_bytes,
                               r.sectors.end * injection.unit_bytes},
                   kPageBytes));
    pages += TotalLength(Normalize(std::move(touched))) / kPageBytes;
  }
  return pages;
}

std::string ToJson(const InjectionRecord& record) {
  nlohmann::ordered_json injections = nlohmann::ordered_json::array();
  for (const Injection& injection : record.injections) {
    nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
    for (const PoisonedRange& r : injection.ranges)
      ranges.push_back(RangeJson(r));
    nlohmann::ordered_json one = {{"injector", injection.injector},
                                  {"device", injection.device},
                                  {"file", injection.file},
                                  {"time_ns", injection.time_ns}};
    if (injection.unit_bytes != kSectorBytes)
      one["unit_bytes"] = injection.unit_bytes;
    one["ranges"] = std::move(ranges);
    injections.push_back(std::move(one));
  }
  return nlohmann::ordered_json{{"schema", kInjectionRecordSchema},
                                {"injections", std::move(injections)}}
             .dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

InjectionRecord InjectionRecordFromJson(std::string_view text,
                                        const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  const JsonReader root(document, source);
  if (root.At("schema").Unsigned() != kInjectionRecordSchema)
    root.At("schema").Fail(
        fmt::format("is not {} (another version of daxmend wrote it)",
                    kInjectionRecordSchema),
        "use that version");
  InjectionRecord record;
  for (const JsonReader& entry : root.At("injections").Elements()) {
    Injection injection{.injector = entry.At("injector").String(),
                        .device = entry.At("device").String(),
                        .file = entry.At("file").String(),
                        .time_ns = entry.At("time_ns").Unsigned(),
                        .ranges = {}};
    if (entry.Has("unit_bytes"))
      injection.unit_bytes = entry.At("unit_bytes").Unsigned();
    if (injection.unit_bytes == 0 || injection.unit_bytes > kPageBytes)
      entry.At("unit_bytes").Fail("is no size of a unit");
    for (const JsonReader& r : entry.At("ranges").Elements())
      injection.ranges.push_back(
          {.file = ReadRange<FileSpace>(r, "file_begin", "file_end"),
           .sectors = ReadRange<SectorSpace>(r, "sector_begin", "sector_end"),
           .spa = ReadRange<SpaSpace>(r, "spa_begin", "spa_end")});
    record.injections.push_back(std::move(injection));
  }
  return record;
}

}  // namespace daxmend
