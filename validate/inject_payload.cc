// SPDX-License-Identifier: GPL-2.0-only

#include "validate/inject_payload.h"

#include <fmt/core.h>

#include "validate/ars_payload.h"

namespace daxmend {
namespace {

constexpr size_t kEntriesShown = 8;

}  // namespace

std::string EncodeInject(uint64_t start, uint64_t length, uint8_t options) {
  std::string out = EncodeRange(start, length);
  AppendLittleEndian(out, options);
  return out;
}

std::string EncodeTranslateSpa(uint64_t address) {
  std::string out;
  AppendLittleEndian(out, address);
  return out;
}

Decoded<InjectAnswer> DecodeInject(std::string_view bytes) {
  PayloadReader reader(bytes);
  InjectAnswer answer;
  answer.status = reader.Take<uint16_t>();
  answer.extended = reader.Take<uint16_t>();
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 4)};
  return {.value = answer, .error = ""};
}

Decoded<InjectStatus> DecodeInjectStatus(std::string_view bytes) {
  PayloadReader reader(bytes);
  InjectStatus answer;
  answer.status = reader.Take<uint16_t>();
  answer.extended = reader.Take<uint16_t>();
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 4)};
  if (answer.status != kStatusSuccess) return {.value = answer, .error = ""};
  answer.count = reader.Take<uint32_t>();
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 8)};
  while (reader.left() >= 16 && answer.records.size() < answer.count) {
    const auto start = reader.Take<uint64_t>();
    const auto length = reader.Take<uint64_t>();
    answer.records.emplace_back(start, length);
  }
  return {.value = std::move(answer), .error = ""};
}

Decoded<TranslatedSpa> DecodeTranslateSpa(std::string_view bytes) {
  PayloadReader reader(bytes);
  TranslatedSpa answer;
  answer.status = reader.Take<uint16_t>();
  answer.extended = reader.Take<uint16_t>();
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 4)};
  if (answer.status != kStatusSuccess) return {.value = answer, .error = ""};
  answer.flags = reader.Take<uint8_t>();
  reader.TakeBytes(3);
  answer.length = reader.Take<uint64_t>();
  answer.count = reader.Take<uint32_t>();
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 20)};
  while (reader.left() >= 16 && answer.devices.size() < answer.count) {
    TranslatedSpa::Device device;
    device.handle = reader.Take<uint32_t>();
    reader.TakeBytes(4);
    device.dpa = reader.Take<uint64_t>();
    answer.devices.push_back(device);
  }
  return {.value = std::move(answer), .error = ""};
}

std::string InWords(const InjectAnswer& answer) {
  return "status " + StatusInWords(answer.status) + ", extended status " +
         Hexadecimal(answer.extended);
}

std::string InWords(const InjectStatus& answer) {
  std::string out = InWords(InjectAnswer{answer.status, answer.extended});
  if (answer.status != kStatusSuccess) return out;
  out += fmt::format(", records {}", answer.count);
  for (size_t i = 0; i < answer.records.size() && i < kEntriesShown; ++i)
    out += (i ? ", " : ": ") + Hexadecimal(answer.records[i].first) +
           " length " + Hexadecimal(answer.records[i].second);
  if (answer.records.size() > kEntriesShown) out += ", ...";
  return out;
}

std::string InWords(const TranslatedSpa& answer) {
  std::string out = InWords(InjectAnswer{answer.status, answer.extended});
  if (answer.status != kStatusSuccess) return out;
  out += fmt::format(", flags {}, length {}, devices {}",
                     Hexadecimal(answer.flags), Hexadecimal(answer.length),
                     answer.count);
  for (size_t i = 0; i < answer.devices.size() && i < kEntriesShown; ++i)
    out += (i ? ", " : ": ") + Hexadecimal(answer.devices[i].handle) + " DPA " +
           Hexadecimal(answer.devices[i].dpa);
  return out;
}

}  // namespace daxmend
