// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/device_features.h"

#include <algorithm>

namespace daxmend {
namespace {

constexpr uint8_t kLeastHours = 12;
constexpr size_t kHeaderBytes = 8, kEntryBytes = 48;

struct Feature {
  std::array<uint8_t, 16> uuid;
  uint16_t get_bytes, set_bytes;
};
// Of kFeatures; the second one scrubs errors.
constexpr size_t kPatrolScrub = 0, kLong = 2;
constexpr Feature kFeatures[] = {
    // 96dad7d6-fde8-482b-a733-75774e06db8a
    {{0x96, 0xda, 0xd7, 0xd6, 0xfd, 0xe8, 0x48, 0x2b, 0xa7, 0x33, 0x75, 0x77,
      0x4e, 0x06, 0xdb, 0x8a},
     4,
     2},
    // e5b13f22-2328-4a14-b8ba-b9691e893386, of two parts of the media
    {{0xe5, 0xb1, 0x3f, 0x22, 0x23, 0x28, 0x4a, 0x14, 0xb8, 0xba, 0xb9, 0x69,
      0x1e, 0x89, 0x33, 0x86},
     9,
     5},
    // da000001-..., nobody's
    {{0xda, 0x00, 0x00, 0x01, 0x6c, 0x6f, 0x4e, 0x67, 0x8a, 0x11, 0x5d, 0x0e,
      0x20, 0x3b, 0x77, 0x90},
     UINT16_MAX,
     0},
};

}  // namespace

size_t DeviceFeatures::count() const { return shows_long_ ? kLong + 1 : kLong; }

std::optional<size_t> DeviceFeatures::FeatureOf(CxlInput in) const {
  for (size_t i = 0; i < count(); ++i)
    if (std::equal(kFeatures[i].uuid.begin(), kFeatures[i].uuid.end(),
                   in.begin(),
                   [](uint8_t a, std::byte b) { return std::byte{a} == b; }))
      return i;
  return std::nullopt;
}

CxlReply DeviceFeatures::List(CxlInput in, size_t room) const {
  const size_t asked = std::min<size_t>(LoadLittle(in, 0, 4), room);
  const size_t first = LoadLittle(in, 4, 2);
  if (asked < kHeaderBytes || first >= count())
    return Refuse(CxlStatus::kInvalidInput);
  const size_t told =
      std::min((asked - kHeaderBytes) / kEntryBytes, count() - first);
  CxlPayload out;
  out.Add(2, told).Add(2, count()).Zeros(4);
  for (size_t i = first; i < first + told; ++i)
    out.AddBytes(kFeatures[i].uuid)
        .Add(2, i)
        .Add(2, kFeatures[i].get_bytes)
        .Add(2, kFeatures[i].set_bytes)
        .Add(4, i == kLong ? 0 : 1)  // whether it can be changed
        .Add(1, 1)
        .Add(1, 1)
        .Zeros(20);
  return out.Reply();
}

std::vector<std::byte> DeviceFeatures::Value(size_t feature) const {
  CxlPayload out;
  if (feature == kPatrolScrub)
    return out
        .Add(1, 1)  // the hours can be changed
        .Add(1, scrub_hours_)
        .Add(1, kLeastHours)
        .Add(1, scrub_flags_)
        .Take();
  if (feature == kLong) {
    constexpr size_t kNoPeriod = 251;
    for (size_t i = 0; i < kFeatures[kLong].get_bytes; ++i)
      out.Add(1, i % kNoPeriod);
    return out.Take();
  }
  out.Add(1, ecs_log_);
  for (uint16_t config : ecs_config_) out.Add(1, 0).Add(2, config).Add(1, 0);
  return out.Take();
}

CxlReply DeviceFeatures::Get(CxlInput in, size_t room) const {
  const std::optional<size_t> feature = FeatureOf(in);
  if (!feature) return Refuse(CxlStatus::kUnsupported);
  const std::vector<std::byte> value = Value(*feature);
  const size_t offset = LoadLittle(in, 16, 2);
  const size_t count = LoadLittle(in, 18, 2);
  if (offset >= value.size() || count > value.size() - offset || count > room)
    return Refuse(CxlStatus::kInvalidInput);
  const auto begin = value.begin() + static_cast<std::ptrdiff_t>(offset);
  return {.payload = {begin, begin + static_cast<std::ptrdiff_t>(count)}};
}

CxlReply DeviceFeatures::Set(CxlInput in) {
  constexpr size_t kSetHeader = 32;
  if (in.size() < kSetHeader) return Refuse(CxlStatus::kInvalidPayloadLength);
  const std::optional<size_t> feature = FeatureOf(in);
  if (!feature || *feature == kLong) return Refuse(CxlStatus::kUnsupported);
  const CxlInput data = in.subspan(kSetHeader);
  // In one go, from the beginning; in parts it takes none.
  if (LoadLittle(in, 16, 4) != 0 || LoadLittle(in, 20, 2) != 0 ||
      data.size() != kFeatures[*feature].set_bytes)
    return Refuse(CxlStatus::kInvalidInput);
  if (*feature == kPatrolScrub) {
    const auto hours = static_cast<uint8_t>(LoadLittle(data, 0, 1));
    if (hours < kLeastHours) return Refuse(CxlStatus::kInvalidInput);
    scrub_hours_ = hours;
    scrub_flags_ = static_cast<uint8_t>(LoadLittle(data, 1, 1) & 1);
    return {};
  }
  std::array<uint16_t, 2> config{};
  for (size_t i = 0; i < config.size(); ++i) {
    config[i] = static_cast<uint16_t>(LoadLittle(data, 1 + 2 * i, 2));
    // Thresholds 256, 1,024 and 4,096; the others are reserved.
    if ((config[i] & 7) < 3 || (config[i] & 7) > 5)
      return Refuse(CxlStatus::kInvalidInput);
  }
  ecs_log_ = static_cast<uint8_t>(LoadLittle(data, 0, 1));
  ecs_config_ = config;
  return {};
}

}  // namespace daxmend
