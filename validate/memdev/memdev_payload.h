// SPDX-License-Identifier: GPL-2.0-only
//
// The payloads of a CXL memory device's mailbox commands about itself (CXL
// 3.1): logs, identity, partitions, health, alerts, firmware, features. Those
// about poison and events are in poison_payload.h.
//
// A decoder takes any bytes. Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_PAYLOAD_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_PAYLOAD_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "validate/payload_reader.h"

namespace daxmend {

using CxlUuid = std::array<uint8_t, 16>;
// 0da9c0b5-bf41-4b78-8f79-96b1623b3f17, the Command Effects Log.
inline constexpr CxlUuid kCommandEffectsLog = {
    0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41, 0x4b, 0x78,
    0x8f, 0x79, 0x96, 0xb1, 0x62, 0x3b, 0x3f, 0x17};
std::string UuidInWords(const CxlUuid& uuid);

// What capacities are counted in.
inline constexpr uint64_t kCapacityUnitBytes = uint64_t{256} << 20;

struct SupportedLogs {
  uint16_t count = 0;  // as declared
  bool reserved_zero = true;
  struct Log {
    CxlUuid uuid{};
    uint32_t bytes = 0;
  };
  std::vector<Log> logs;  // as many as there are bytes for
};
Decoded<SupportedLogs> DecodeSupportedLogs(std::string_view bytes);

struct CommandEffect {
  uint16_t opcode = 0;
  uint16_t effects = 0;
};
inline constexpr uint16_t kEffectConfiguration = 1 << 1;
inline constexpr uint16_t kEffectData = 1 << 2;
inline constexpr uint16_t kEffectPolicy = 1 << 3;
inline constexpr uint16_t kEffectLog = 1 << 4;
inline constexpr uint16_t kEffectBackground = 1 << 6;
Decoded<std::vector<CommandEffect>> DecodeCommandEffects(
    std::string_view bytes);

std::string EncodeGetLog(const CxlUuid& uuid, uint32_t offset, uint32_t length);

struct Identity {
  std::string revision;  // 16 bytes as they are
  uint64_t total = 0, volatile_only = 0, persistent_only = 0;  // in units
  uint64_t alignment = 0;
  std::array<uint16_t, 4> log_records{};
  uint32_t label_bytes = 0;
  uint32_t most_poison = 0;
  uint16_t inject_limit = 0;
  uint8_t poison_flags = 0, qos_flags = 0;
};
Decoded<Identity> DecodeIdentity(std::string_view bytes);

// In units of kCapacityUnitBytes.
struct Partitions {
  uint64_t active_volatile = 0, active_persistent = 0;
  uint64_t next_volatile = 0, next_persistent = 0;
};
Decoded<Partitions> DecodePartitions(std::string_view bytes);

struct Health {
  uint8_t status = 0, media = 0, additional = 0, life_used = 0;
  int16_t temperature = 0;
  uint32_t dirty_shutdowns = 0;
  uint32_t corrected_volatile = 0, corrected_persistent = 0;
};
Decoded<Health> DecodeHealth(std::string_view bytes);

struct Alerts {
  uint8_t valid = 0, programmable = 0;
  uint8_t life_critical = 0, life_warning = 0;
  int16_t over_critical = 0, under_critical = 0;
  int16_t over_warning = 0, under_warning = 0;
  uint16_t volatile_warning = 0, persistent_warning = 0;
  bool operator==(const Alerts&) const = default;
};
Decoded<Alerts> DecodeAlerts(std::string_view bytes);
// Sets the warnings of the bits in `which`, enabled or not.
std::string EncodeSetAlerts(uint8_t which, uint8_t enable,
                            const Alerts& warnings);

struct FirmwareInfo {
  uint8_t slots = 0, slot_info = 0, capabilities = 0;
  bool reserved_zero = true;
  std::array<std::string, 4> revisions;
  unsigned active() const { return slot_info & 7; }
  unsigned staged() const { return slot_info >> 3 & 7; }
};
Decoded<FirmwareInfo> DecodeFirmwareInfo(std::string_view bytes);

struct FeatureEntry {
  CxlUuid uuid{};
  uint16_t index = 0, get_bytes = 0, set_bytes = 0;
  uint32_t attributes = 0;
  uint8_t get_version = 0, set_version = 0;
  bool changeable() const { return attributes & 1; }
};
struct Features {
  uint16_t count = 0, total = 0;
  std::vector<FeatureEntry> entries;  // as many as there are bytes for
};
Decoded<Features> DecodeFeatures(std::string_view bytes);
inline constexpr size_t kFeatureHeaderBytes = 8, kFeatureEntryBytes = 48;
std::string EncodeGetFeatures(uint32_t bytes, uint16_t first);
std::string EncodeGetFeature(const CxlUuid& uuid, uint16_t offset,
                             uint16_t bytes);
// All of it at once.
std::string EncodeSetFeature(const CxlUuid& uuid, uint8_t version,
                             std::string_view data);
// 96dad7d6-fde8-482b-a733-75774e06db8a and
// e5b13f22-2328-4a14-b8ba-b9691e893386.
inline constexpr CxlUuid kPatrolScrub = {0x96, 0xda, 0xd7, 0xd6, 0xfd, 0xe8,
                                         0x48, 0x2b, 0xa7, 0x33, 0x75, 0x77,
                                         0x4e, 0x06, 0xdb, 0x8a};
inline constexpr CxlUuid kErrorCheckScrub = {0xe5, 0xb1, 0x3f, 0x22, 0x23, 0x28,
                                             0x4a, 0x14, 0xb8, 0xba, 0xb9, 0x69,
                                             0x1e, 0x89, 0x33, 0x86};

std::string InWords(const SupportedLogs& logs);
std::string InWords(const std::vector<CommandEffect>& effects);
std::string InWords(const Identity& identity);
std::string InWords(const Partitions& partitions);
std::string InWords(const Health& health);
std::string InWords(const Alerts& alerts);
std::string InWords(const FirmwareInfo& firmware);
std::string InWords(const Features& features);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_PAYLOAD_H_
