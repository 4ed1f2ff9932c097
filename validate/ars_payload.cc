// SPDX-License-Identifier: GPL-2.0-only

#include "validate/ars_payload.h"

#include <fmt/core.h>

#include <cinttypes>
#include <cstdio>

namespace daxmend {
namespace {

// Records in words, of an answer that may have thousands.
constexpr size_t kRecordsShown = 8;

// Takes the status word. False when the rest is missing although it has to be
// there: a successful answer has all its fields.
template <class T>
bool TakeStatus(PayloadReader& reader, T& answer, size_t rest) {
  answer.status = reader.Take<uint16_t>();
  answer.extended = reader.Take<uint16_t>();
  return reader.ok() &&
         (answer.status != kStatusSuccess || reader.left() >= rest);
}

template <class T>
std::string StatusPart(const T& answer) {
  return "status " + StatusInWords(answer.status) + ", extended status " +
         Hexadecimal(answer.extended);
}

}  // namespace

std::string EncodeRange(uint64_t start, uint64_t length) {
  std::string out;
  AppendLittleEndian(out, start);
  AppendLittleEndian(out, length);
  return out;
}

std::string EncodeStartArs(uint64_t start, uint64_t length, uint16_t type,
                           uint8_t flags) {
  std::string out = EncodeRange(start, length);
  AppendLittleEndian(out, type);
  AppendLittleEndian(out, flags);
  out.append(5, '\0');
  return out;
}

Decoded<ArsCapabilities> DecodeArsCapabilities(std::string_view bytes) {
  PayloadReader reader(bytes);
  ArsCapabilities answer;
  if (!TakeStatus(reader, answer, 12))
    return {.value = {}, .error = TooShort(bytes, 16)};
  answer.max_status_bytes = reader.Take<uint32_t>();
  answer.clear_unit = reader.Take<uint32_t>();
  answer.flags = reader.Take<uint16_t>();
  answer.reserved = reader.Take<uint16_t>();
  return {.value = answer, .error = ""};
}

Decoded<ArsStart> DecodeArsStart(std::string_view bytes) {
  PayloadReader reader(bytes);
  ArsStart answer;
  if (!TakeStatus(reader, answer, 4))
    return {.value = {}, .error = TooShort(bytes, 8)};
  answer.seconds = reader.Take<uint32_t>();
  return {.value = answer, .error = ""};
}

Decoded<ArsStatus> DecodeArsStatus(std::string_view bytes) {
  PayloadReader reader(bytes);
  ArsStatus answer;
  // "None since boot" and "busy" come without data from some firmware, and
  // Linux accepts that (drivers/acpi/nfit/core.c, ars_status_process_records).
  if (!TakeStatus(reader, answer, 0))
    return {.value = {}, .error = TooShort(bytes, 4)};
  const bool needs_data =
      answer.status == kStatusSuccess &&
      (answer.extended == kArsDone || answer.extended == kArsStopped);
  answer.has_header = reader.left() >= kArsHeaderBytes - 4;
  if (needs_data && !answer.has_header)
    return {.value = {}, .error = TooShort(bytes, kArsHeaderBytes)};
  if (!answer.has_header) return {.value = answer, .error = ""};
  answer.size = reader.Take<uint32_t>();
  answer.start = reader.Take<uint64_t>();
  answer.length = reader.Take<uint64_t>();
  answer.restart_start = reader.Take<uint64_t>();
  answer.restart_length = reader.Take<uint64_t>();
  answer.type = reader.Take<uint16_t>();
  answer.flags = reader.Take<uint16_t>();
  answer.count = reader.Take<uint32_t>();
  while (reader.left() >= kArsRecordBytes &&
         answer.records.size() < answer.count) {
    ArsRecord record;
    record.handle = reader.Take<uint32_t>();
    record.reserved = reader.Take<uint32_t>();
    record.start = reader.Take<uint64_t>();
    record.length = reader.Take<uint64_t>();
    answer.records.push_back(record);
  }
  return {.value = std::move(answer), .error = ""};
}

Decoded<ClearedError> DecodeClearedError(std::string_view bytes) {
  PayloadReader reader(bytes);
  ClearedError answer;
  if (!TakeStatus(reader, answer, 12))
    return {.value = {}, .error = TooShort(bytes, 16)};
  answer.reserved = reader.Take<uint32_t>();
  answer.cleared = reader.Take<uint64_t>();
  return {.value = answer, .error = ""};
}

std::string InWords(const ArsCapabilities& answer) {
  if (answer.status != kStatusSuccess) return StatusPart(answer);
  return fmt::format(
      "{}, status answers up to {} bytes, clear unit {}, flags {}, reserved {}",
      StatusPart(answer), answer.max_status_bytes, answer.clear_unit,
      Hexadecimal(answer.flags), Hexadecimal(answer.reserved));
}

std::string InWords(const ArsStart& answer) {
  if (answer.status != kStatusSuccess) return StatusPart(answer);
  return fmt::format("{}, estimated {} s", StatusPart(answer), answer.seconds);
}

std::string InWords(const ArsStatus& answer) {
  if (!answer.has_header) return StatusPart(answer) + ", no data";
  std::string out = fmt::format(
      "{}, size {}, scrubbed {} length {}, restart {} length {}, type {}, "
      "flags {}, records {}",
      StatusPart(answer), answer.size, Hexadecimal(answer.start),
      Hexadecimal(answer.length), Hexadecimal(answer.restart_start),
      Hexadecimal(answer.restart_length), answer.type,
      Hexadecimal(answer.flags), answer.count);
  for (size_t i = 0; i < answer.records.size() && i < kRecordsShown; ++i)
    out += (i ? ", " : ": ") + Hexadecimal(answer.records[i].start) +
           " length " + Hexadecimal(answer.records[i].length);
  if (answer.records.size() > kRecordsShown) out += ", ...";
  return out;
}

std::string InWords(const ClearedError& answer) {
  if (answer.status != kStatusSuccess) return StatusPart(answer);
  return StatusPart(answer) + ", cleared " + Hexadecimal(answer.cleared) +
         " bytes";
}

std::string StatusInWords(uint16_t status) {
  switch (status) {
    case kStatusSuccess:
      return "0 (success)";
    case kStatusNotSupported:
      return "1 (not supported)";
    case kStatusInvalidInput:
      return "2 (invalid input parameters)";
    case kStatusArsInProgress:
      return "6 (ARS in progress)";
    default:
      return std::to_string(status);
  }
}

}  // namespace daxmend
