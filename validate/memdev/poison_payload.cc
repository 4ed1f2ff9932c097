// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/poison_payload.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace daxmend {
namespace {

constexpr size_t kShown = 8;
constexpr uint64_t kSourceBits = 7, kLineBits = kMediaLineBytes - 1;

// fbcd0a77-c260-417f-85a9-088b1621eba6
constexpr std::string_view kGeneralMediaUuid(
    "\xfb\xcd\x0a\x77\xc2\x60\x41\x7f\x85\xa9\x08\x8b\x16\x21\xeb\xa6", 16);

std::vector<MediaRecord> TakeRecords(PayloadReader& reader, size_t count) {
  std::vector<MediaRecord> records;
  while (reader.left() >= kPoisonRecordBytes && records.size() < count) {
    MediaRecord record;
    const auto address = reader.Take<uint64_t>();
    record.dpa = address & ~kLineBits;
    record.source = address & kSourceBits;
    record.lines = reader.Take<uint32_t>();
    record.reserved_zero = reader.Take<uint32_t>() == 0 &&
                           (address & kLineBits & ~kSourceBits) == 0;
    records.push_back(record);
  }
  return records;
}

std::string RecordsInWords(const std::vector<MediaRecord>& records) {
  std::string out;
  for (size_t i = 0; i < records.size() && i < kShown; ++i)
    out +=
        fmt::format(", {} of {} lines (source {})", Hexadecimal(records[i].dpa),
                    records[i].lines, records[i].source);
  if (records.size() > kShown) out += ", ...";
  return out;
}

}  // namespace

Decoded<PoisonListAnswer> DecodePoisonList(std::string_view bytes) {
  PayloadReader reader(bytes);
  PoisonListAnswer list;
  list.flags = reader.Take<uint8_t>();
  list.reserved_zero = reader.Take<uint8_t>() == 0;
  list.overflow_time = reader.Take<uint64_t>();
  list.count = reader.Take<uint16_t>();
  list.reserved_zero = AllZero(reader.TakeBytes(20)) && list.reserved_zero;
  if (!reader.ok())
    return {.value = {}, .error = TooShort(bytes, kPoisonHeaderBytes)};
  list.records = TakeRecords(reader, list.count);
  return {.value = std::move(list), .error = ""};
}

Decoded<ScanResults> DecodeScanResults(std::string_view bytes) {
  PayloadReader reader(bytes);
  ScanResults results;
  results.restart = reader.Take<uint64_t>();
  results.restart_lines = reader.Take<uint64_t>();
  results.flags = reader.Take<uint8_t>();
  reader.Take<uint8_t>();
  results.count = reader.Take<uint16_t>();
  reader.TakeBytes(12);
  if (!reader.ok())
    return {.value = {}, .error = TooShort(bytes, kPoisonHeaderBytes)};
  results.records = TakeRecords(reader, results.count);
  return {.value = std::move(results), .error = ""};
}

bool EventRecordView::IsGeneralMedia() const {
  return uuid == kGeneralMediaUuid;
}

Decoded<EventAnswer> DecodeEvents(std::string_view bytes) {
  PayloadReader reader(bytes);
  EventAnswer events;
  events.flags = reader.Take<uint8_t>();
  reader.Take<uint8_t>();
  events.dropped = reader.Take<uint16_t>();
  events.first_dropped = reader.Take<uint64_t>();
  events.last_dropped = reader.Take<uint64_t>();
  events.count = reader.Take<uint16_t>();
  reader.TakeBytes(10);
  if (!reader.ok())
    return {.value = {}, .error = TooShort(bytes, kEventHeaderBytes)};
  while (reader.left() >= kEventBytes && events.records.size() < events.count) {
    PayloadReader record(reader.TakeBytes(kEventBytes));
    EventRecordView view;
    view.uuid = record.TakeBytes(16);
    view.length = record.Take<uint8_t>();
    view.flags = record.Take<uint16_t>();
    view.flags |= uint32_t{record.Take<uint8_t>()} << 16;
    view.handle = record.Take<uint16_t>();
    record.Take<uint16_t>();
    view.time = record.Take<uint64_t>();
    record.TakeBytes(16);
    view.dpa = record.Take<uint64_t>() & ~kLineBits;
    view.descriptor = record.Take<uint8_t>();
    view.type = record.Take<uint8_t>();
    view.transaction = record.Take<uint8_t>();
    events.records.push_back(std::move(view));
  }
  return {.value = std::move(events), .error = ""};
}

std::string EncodeDpaRange(uint64_t dpa, uint64_t lines) {
  std::string out = EncodeDpa(dpa);
  AppendLittleEndian(out, lines);
  return out;
}

std::string EncodeDpa(uint64_t dpa) {
  std::string out;
  AppendLittleEndian(out, dpa);
  return out;
}

std::string EncodeClearPoison(uint64_t dpa, std::string_view data) {
  std::string out = EncodeDpa(dpa);
  out += data.substr(0, kMediaLineBytes);
  out.resize(sizeof dpa + kMediaLineBytes, '\0');
  return out;
}

std::string EncodeClearEvents(uint8_t log,
                              const std::vector<uint16_t>& handles) {
  std::string out;
  AppendLittleEndian(out, log);
  AppendLittleEndian(out, static_cast<uint8_t>(handles.empty()));
  AppendLittleEndian(out, static_cast<uint8_t>(handles.size()));
  out.append(3, '\0');
  for (uint16_t handle : handles) AppendLittleEndian(out, handle);
  return out;
}

std::string InWords(const PoisonListAnswer& list) {
  return fmt::format("{} records{}{}{}", list.count,
                     RecordsInWords(list.records), list.more() ? ", more" : "",
                     list.overflow() ? ", overflow" : "");
}

std::string InWords(const ScanResults& results) {
  return fmt::format(
      "{} records{}{}{}", results.count, RecordsInWords(results.records),
      results.more() ? ", more" : "", results.stopped() ? ", stopped" : "");
}

std::string InWords(const EventAnswer& events) {
  std::string out = fmt::format("{} records", events.count);
  for (size_t i = 0; i < events.records.size() && i < kShown; ++i)
    out += fmt::format(
        ", handle {} DPA {} transaction {}", events.records[i].handle,
        Hexadecimal(events.records[i].dpa), events.records[i].transaction);
  if (events.records.size() > kShown) out += ", ...";
  if (events.more()) out += ", more";
  if (events.overflow()) out += fmt::format(", overflow of {}", events.dropped);
  return out;
}

}  // namespace daxmend
