// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_payload.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/printable.h"
#include "core/text.h"

namespace daxmend {
namespace {

constexpr size_t kEffectsShown = 8;

CxlUuid TakeUuid(PayloadReader& reader) {
  CxlUuid uuid{};
  const std::string_view bytes = reader.TakeBytes(uuid.size());
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

void AppendUuid(std::string& out, const CxlUuid& uuid) {
  for (uint8_t byte : uuid) out += static_cast<char>(byte);
}

template <class T>
Decoded<T> Whole(const PayloadReader& reader, std::string_view bytes,
                 size_t needed, T value) {
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, needed)};
  return {.value = std::move(value), .error = ""};
}

}  // namespace

std::string UuidInWords(const CxlUuid& uuid) {
  std::string out;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", uuid[i]);
  }
  return out;
}

Decoded<SupportedLogs> DecodeSupportedLogs(std::string_view bytes) {
  PayloadReader reader(bytes);
  SupportedLogs logs;
  logs.count = reader.Take<uint16_t>();
  logs.reserved_zero = AllZero(reader.TakeBytes(6));
  if (!reader.ok()) return {.value = {}, .error = TooShort(bytes, 8)};
  while (reader.left() >= 20 && logs.logs.size() < logs.count) {
    SupportedLogs::Log log;
    log.uuid = TakeUuid(reader);
    log.bytes = reader.Take<uint32_t>();
    logs.logs.push_back(log);
  }
  return {.value = std::move(logs), .error = ""};
}

Decoded<std::vector<CommandEffect>> DecodeCommandEffects(
    std::string_view bytes) {
  PayloadReader reader(bytes);
  std::vector<CommandEffect> effects;
  while (reader.left() >= 4) {
    CommandEffect one;
    one.opcode = reader.Take<uint16_t>();
    one.effects = reader.Take<uint16_t>();
    effects.push_back(one);
  }
  if (reader.left() != 0)
    return {.value = {},
            .error = fmt::format("the log has {} bytes, not a multiple of 4",
                                 bytes.size())};
  return {.value = std::move(effects), .error = ""};
}

std::string EncodeGetLog(const CxlUuid& uuid, uint32_t offset,
                         uint32_t length) {
  std::string out;
  AppendUuid(out, uuid);
  AppendLittleEndian(out, offset);
  AppendLittleEndian(out, length);
  return out;
}

Decoded<Identity> DecodeIdentity(std::string_view bytes) {
  PayloadReader reader(bytes);
  Identity id;
  id.revision = reader.TakeBytes(16);
  id.total = reader.Take<uint64_t>();
  id.volatile_only = reader.Take<uint64_t>();
  id.persistent_only = reader.Take<uint64_t>();
  id.alignment = reader.Take<uint64_t>();
  for (uint16_t& records : id.log_records) records = reader.Take<uint16_t>();
  id.label_bytes = reader.Take<uint32_t>();
  id.most_poison = reader.Take<uint16_t>();
  id.most_poison |= uint32_t{reader.Take<uint8_t>()} << 16;
  id.inject_limit = reader.Take<uint16_t>();
  id.poison_flags = reader.Take<uint8_t>();
  id.qos_flags = reader.Take<uint8_t>();
  // CXL 2.0 ends here; 3.0 has two more bytes, of dynamic capacity.
  return Whole(reader, bytes, 67, std::move(id));
}

Decoded<Partitions> DecodePartitions(std::string_view bytes) {
  PayloadReader reader(bytes);
  Partitions p;
  p.active_volatile = reader.Take<uint64_t>();
  p.active_persistent = reader.Take<uint64_t>();
  p.next_volatile = reader.Take<uint64_t>();
  p.next_persistent = reader.Take<uint64_t>();
  return Whole(reader, bytes, 32, p);
}

Decoded<Health> DecodeHealth(std::string_view bytes) {
  PayloadReader reader(bytes);
  Health h;
  h.status = reader.Take<uint8_t>();
  h.media = reader.Take<uint8_t>();
  h.additional = reader.Take<uint8_t>();
  h.life_used = reader.Take<uint8_t>();
  h.temperature = reader.Take<int16_t>();
  h.dirty_shutdowns = reader.Take<uint32_t>();
  h.corrected_volatile = reader.Take<uint32_t>();
  h.corrected_persistent = reader.Take<uint32_t>();
  return Whole(reader, bytes, 18, h);
}

Decoded<Alerts> DecodeAlerts(std::string_view bytes) {
  PayloadReader reader(bytes);
  Alerts a;
  a.valid = reader.Take<uint8_t>();
  a.programmable = reader.Take<uint8_t>();
  a.life_critical = reader.Take<uint8_t>();
  a.life_warning = reader.Take<uint8_t>();
  a.over_critical = reader.Take<int16_t>();
  a.under_critical = reader.Take<int16_t>();
  a.over_warning = reader.Take<int16_t>();
  a.under_warning = reader.Take<int16_t>();
  a.volatile_warning = reader.Take<uint16_t>();
  a.persistent_warning = reader.Take<uint16_t>();
  return Whole(reader, bytes, 16, a);
}

std::string EncodeSetAlerts(uint8_t which, uint8_t enable,
                            const Alerts& warnings) {
  std::string out;
  AppendLittleEndian(out, which);
  AppendLittleEndian(out, enable);
  AppendLittleEndian(out, warnings.life_warning);
  AppendLittleEndian(out, uint8_t{0});
  AppendLittleEndian(out, static_cast<uint16_t>(warnings.over_warning));
  AppendLittleEndian(out, static_cast<uint16_t>(warnings.under_warning));
  AppendLittleEndian(out, warnings.volatile_warning);
  AppendLittleEndian(out, warnings.persistent_warning);
  return out;
}

Decoded<FirmwareInfo> DecodeFirmwareInfo(std::string_view bytes) {
  PayloadReader reader(bytes);
  FirmwareInfo f;
  f.slots = reader.Take<uint8_t>();
  f.slot_info = reader.Take<uint8_t>();
  f.capabilities = reader.Take<uint8_t>();
  f.reserved_zero = AllZero(reader.TakeBytes(13));
  for (std::string& revision : f.revisions) revision = reader.TakeBytes(16);
  return Whole(reader, bytes, 80, std::move(f));
}

Decoded<Features> DecodeFeatures(std::string_view bytes) {
  PayloadReader reader(bytes);
  Features f;
  f.count = reader.Take<uint16_t>();
  f.total = reader.Take<uint16_t>();
  reader.TakeBytes(4);
  if (!reader.ok())
    return {.value = {}, .error = TooShort(bytes, kFeatureHeaderBytes)};
  while (reader.left() >= kFeatureEntryBytes && f.entries.size() < f.count) {
    FeatureEntry entry;
    entry.uuid = TakeUuid(reader);
    entry.index = reader.Take<uint16_t>();
    entry.get_bytes = reader.Take<uint16_t>();
    entry.set_bytes = reader.Take<uint16_t>();
    entry.attributes = reader.Take<uint32_t>();
    entry.get_version = reader.Take<uint8_t>();
    entry.set_version = reader.Take<uint8_t>();
    reader.TakeBytes(20);
    f.entries.push_back(entry);
  }
  return {.value = std::move(f), .error = ""};
}

std::string EncodeGetFeatures(uint32_t bytes, uint16_t first) {
  std::string out;
  AppendLittleEndian(out, bytes);
  AppendLittleEndian(out, first);
  AppendLittleEndian(out, uint16_t{0});
  return out;
}

std::string EncodeGetFeature(const CxlUuid& uuid, uint16_t offset,
                             uint16_t bytes) {
  std::string out;
  AppendUuid(out, uuid);
  AppendLittleEndian(out, offset);
  AppendLittleEndian(out, bytes);
  AppendLittleEndian(out, uint8_t{0});  // the current value
  return out;
}

std::string EncodeSetFeature(const CxlUuid& uuid, uint8_t version,
                             std::string_view data) {
  std::string out;
  AppendUuid(out, uuid);
  AppendLittleEndian(out, uint32_t{0});  // the full data at once
  AppendLittleEndian(out, uint16_t{0});
  AppendLittleEndian(out, version);
  out.append(9, '\0');
  out += data;
  return out;
}

std::string InWords(const SupportedLogs& logs) {
  std::string out = fmt::format("{} logs", logs.count);
  for (const SupportedLogs::Log& log : logs.logs)
    out += fmt::format(", {} of {} bytes", UuidInWords(log.uuid), log.bytes);
  return out;
}

std::string InWords(const std::vector<CommandEffect>& effects) {
  std::string out = fmt::format("{} commands", effects.size());
  for (size_t i = 0; i < effects.size() && i < kEffectsShown; ++i)
    out +=
        fmt::format(", {:04x}h {:#x}", effects[i].opcode, effects[i].effects);
  if (effects.size() > kEffectsShown) out += ", ...";
  return out;
}

std::string InWords(const Identity& id) {
  return fmt::format(
      "revision \"{}\", {} units of 256 MiB ({} volatile, {} persistent, "
      "alignment {}), logs of {}, {}, {} and {} records, {} bytes of labels, "
      "{} poison records at most, inject limit {}",
      Printable(id.revision.substr(0, id.revision.find('\0'))), id.total,
      id.volatile_only, id.persistent_only, id.alignment, id.log_records[0],
      id.log_records[1], id.log_records[2], id.log_records[3], id.label_bytes,
      id.most_poison, id.inject_limit);
}

std::string InWords(const Partitions& p) {
  return fmt::format(
      "active {} volatile and {} persistent units of 256 MiB, next {} and {}",
      p.active_volatile, p.active_persistent, p.next_volatile,
      p.next_persistent);
}

std::string InWords(const Health& h) {
  return fmt::format(
      "health {}, media {}, additional {}, life used {} %, {} degrees, {} "
      "dirty shutdowns, {} and {} corrected errors",
      Hexadecimal(h.status), h.media, Hexadecimal(h.additional), h.life_used,
      h.temperature, h.dirty_shutdowns, h.corrected_volatile,
      h.corrected_persistent);
}

std::string InWords(const Alerts& a) {
  return fmt::format(
      "valid {}, programmable {}, life used critical {} warning {}, "
      "over-temperature {} and {}, under-temperature {} and {}, corrected "
      "errors {} and {}",
      Hexadecimal(a.valid), Hexadecimal(a.programmable), a.life_critical,
      a.life_warning, a.over_critical, a.over_warning, a.under_critical,
      a.under_warning, a.volatile_warning, a.persistent_warning);
}

std::string InWords(const FirmwareInfo& f) {
  return fmt::format("{} slots, {} active, {} staged", f.slots, f.active(),
                     f.staged());
}

std::string InWords(const Features& f) {
  std::string out = fmt::format("{} of {} features", f.count, f.total);
  for (const FeatureEntry& entry : f.entries)
    out += fmt::format(", {} of {} and {} bytes", UuidInWords(entry.uuid),
                       entry.get_bytes, entry.set_bytes);
  return out;
}

}  // namespace daxmend
