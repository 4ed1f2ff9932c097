// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/region_facts.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// The line in a file of sysfs; empty where there is none.
std::string Line(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return "";
  std::string text = ReadFile(file.string());
  text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
  return text;
}

// Decimal, or hexadecimal after 0x.
std::optional<uint64_t> Number(const std::string& text) {
  const bool hex = text.starts_with("0x");
  const char* begin = text.data() + (hex ? 2 : 0);
  const char* end = text.data() + text.size();
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(begin, end, value, hex ? 16 : 10);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

uint64_t Required(const fs::path& file) {
  const std::string line = Line(file);
  const auto number = Number(line);
  if (!number)
    throw Error({.thing = file.string(),
                 .cause = line.empty() ? "is missing or empty"
                                       : "holds '" + line + "', no number"});
  return *number;
}

std::vector<std::string> Named(const std::string& directory,
                               std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && name.size() > prefix.size() &&
        std::all_of(name.begin() + static_cast<ptrdiff_t>(prefix.size()),
                    name.end(), [](char c) { return c >= '0' && c <= '9'; }))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) {
              return strverscmp(a.c_str(), b.c_str()) < 0;
            });
  return names;
}

uint64_t Little(const std::string& table, size_t offset, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(table[offset + i]);
  return value;
}

CxlTarget ReadTarget(const std::string& region, const std::string& decoder,
                     uint64_t base, const CxlPlaces& places) {
  const fs::path at = fs::path(places.devices) / decoder;
  CxlTarget target;
  target.dpa = DpaRange::OfLength(Required(at / "dpa_resource"),
                                  Required(at / "dpa_size"));
  // What a decoder decodes begins where the region does, unless a host bridge
  // translates addresses on the way.
  if (const auto start = Number(Line(at / "start")); start && *start != base)
    throw Error(
        {.thing = region,
         .cause = fmt::format("is at {}, but {} decodes from {} "
                              "(translated addresses)",
                              Hexadecimal(base), decoder, Hexadecimal(*start)),
         .way_out = "inject through the region's own files in debugfs "
                    "(Linux 6.18 and later)"});
  // "decoder3.0" is of endpoint3, and that of a memdev.
  const std::string port = decoder.substr(
      7, decoder.find('.') == std::string::npos ? std::string::npos
                                                : decoder.find('.') - 7);
  const fs::path uport =
      fs::path(places.devices) / ("endpoint" + port) / "uport";
  std::error_code error;
  const fs::path memdev = fs::canonical(uport, error);
  if (error)
    throw Error({.thing = region,
                 .cause = decoder + " belongs to no memory device",
                 .way_out = "see 'cxl list -R -T'"});
  target.memdev = memdev.filename();
  target.serial = Required(memdev / "serial");
  return target;
}

}  // namespace

std::vector<std::string> CxlRegions(const CxlPlaces& places) {
  return Named(places.devices, "region");
}

bool IsCommitted(const std::string& region, const CxlPlaces& places) {
  return Line(fs::path(places.devices) / region / "commit") != "0";
}

std::vector<std::string> CxlMemdevs(const CxlPlaces& places) {
  return Named(places.devices, "mem");
}

bool IsCxlDisk(const std::string& disk, const std::string& blocks) {
  std::error_code error;
  // .../ndbus0/region0/pfn0.0
  fs::path at = fs::canonical(fs::path(blocks) / disk / "device", error);
  for (; !error && at.has_relative_path(); at = at.parent_path())
    if (at.filename().string().starts_with("ndbus"))
      return Line(at / "provider") == "CXL";
  return false;
}

bool WindowUsesXor(const std::string& cedt, uint64_t hpa) {
  constexpr size_t kHeader = 36, kWindow = 36;
  constexpr uint64_t kFixedWindow = 1;
  for (size_t at = kHeader; at + 4 <= cedt.size();) {
    const uint64_t length = Little(cedt, at + 2, 2);
    if (length < 4 || length > cedt.size() - at) return false;
    if (Little(cedt, at, 1) == kFixedWindow && length >= kWindow) {
      const uint64_t base = Little(cedt, at + 8, 8);
      const uint64_t size = Little(cedt, at + 16, 8);
      if (hpa >= base && hpa - base < size)
        // Over one host bridge there is nothing to choose.
        return Little(cedt, at + 24, 1) != 0 && Little(cedt, at + 25, 1) == 1;
    }
    at += length;
  }
  return false;
}

CxlAddressMap ReadCxlRegion(const std::string& region,
                            const CxlPlaces& places) {
  const fs::path at = fs::path(places.devices) / region;
  std::error_code error;
  if (!fs::exists(at / "interleave_ways", error))
    throw Error({.thing = region,
                 .cause = "is no CXL region",
                 .way_out = "see 'cxl list -R'"});
  if (Line(at / "commit") == "0")
    throw Error({.thing = region,
                 .cause = "is not committed, so it has no memory",
                 .way_out = "see 'cxl list -R' and 'cxl enable-region'"});
  CxlAddressMap map;
  const auto base = Number(Line(at / "resource"));
  if (!base || *base == 0 || *base == UINT64_MAX)
    throw Error({.thing = region,
                 .cause = "hides its addresses",
                 .way_out = "run as root"});
  map.hpa = SpaRange::OfLength(*base, Required(at / "size"));
  map.granularity = Required(at / "interleave_granularity");
  if (const auto cache = Number(Line(at / "extended_linear_cache_size"));
      cache && *cache != 0)
    throw Error({.thing = region,
                 .cause = "has a cache in front of its memory, so that two "
                          "addresses are one byte",
                 .way_out = "inject through the region's own files in debugfs "
                            "(Linux 6.18 and later)"});
  std::string cedt;
  if (fs::exists(places.cedt, error)) try {
      cedt = ReadFile(places.cedt);
    } catch (const Error&) {
      // Root is asked to look; below it, nothing is injected anyway.
    }
  if (WindowUsesXor(cedt, *base))
    throw Error({.thing = region,
                 .cause = "lies in a window with XOR arithmetic between host "
                          "bridges, which daxmend does not compute",
                 .way_out = "inject through the region's own files in debugfs "
                            "(Linux 6.18 and later)"});
  const uint64_t ways = Required(at / "interleave_ways");
  for (uint64_t i = 0; i < ways; ++i) {
    const std::string decoder = Line(at / fmt::format("target{}", i));
    if (!decoder.starts_with("decoder"))
      throw Error({.thing = region,
                   .cause = fmt::format("lacks device {} of {}", i + 1, ways),
                   .way_out = "see 'cxl list -R -T'"});
    map.targets.push_back(ReadTarget(region, decoder, *base, places));
  }
  RequireReckonable(map, region);
  return map;
}

CxlMemdevFacts ReadCxlMemdev(const std::string& memdev,
                             const CxlPlaces& places) {
  const fs::path at = fs::path(places.devices) / memdev;
  std::error_code error;
  if (!fs::exists(at / "serial", error))
    throw Error({.thing = memdev,
                 .cause = "is no CXL memory device",
                 .way_out = "see 'cxl list -M'"});
  return {.serial = Required(at / "serial"),
          .persistent_bytes = Number(Line(at / "pmem/size")).value_or(0),
          .volatile_bytes = Number(Line(at / "ram/size")).value_or(0),
          .firmware = Line(at / "firmware_version")};
}

}  // namespace daxmend
