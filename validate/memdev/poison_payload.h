// SPDX-License-Identifier: GPL-2.0-only
//
// The payloads of a CXL memory device's mailbox commands about what is wrong
// with its media (CXL 3.1): the poison list, scans, and event records.
//
// DPAs are bytes. A decoder takes any bytes. Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_POISON_PAYLOAD_H_
#define DAXMEND_VALIDATE_MEMDEV_POISON_PAYLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "validate/payload_reader.h"

namespace daxmend {

inline constexpr uint64_t kMediaLineBytes = 64;

// A media error record.
struct MediaRecord {
  uint64_t dpa = 0;
  uint32_t lines = 0;
  uint8_t source = 0;  // the lowest three bits of the address
  bool reserved_zero = true;
  DpaRange range() const {
    return DpaRange::OfLength(dpa, lines * kMediaLineBytes);
  }
};
inline constexpr uint8_t kSourceInjected = 3;

struct PoisonListAnswer {
  uint8_t flags = 0;
  uint64_t overflow_time = 0;
  uint16_t count = 0;  // as declared
  bool reserved_zero = true;
  std::vector<MediaRecord> records;  // as many as there are bytes for
  uint64_t bytes = 0;                // that it says it has
  bool more() const { return flags & 1; }
  bool overflow() const { return flags & 2; }
};
inline constexpr size_t kPoisonHeaderBytes = 32, kPoisonRecordBytes = 16;
Decoded<PoisonListAnswer> DecodePoisonList(std::string_view bytes);

struct ScanResults {
  uint64_t restart = 0, restart_lines = 0;
  uint8_t flags = 0;
  uint16_t count = 0;  // as declared
  std::vector<MediaRecord> records;
  bool more() const { return flags & 1; }
  bool stopped() const { return flags & 2; }
};
Decoded<ScanResults> DecodeScanResults(std::string_view bytes);

struct EventRecordView {
  std::string uuid;  // 16 bytes
  uint8_t length = 0;
  uint32_t flags = 0;
  uint16_t handle = 0;
  uint64_t time = 0;
  // Of a General Media Event Record.
  uint64_t dpa = 0;
  uint8_t descriptor = 0, type = 0, transaction = 0;
  bool IsGeneralMedia() const;
};
inline constexpr uint8_t kTransactionInjectPoison = 4;

struct EventAnswer {
  uint8_t flags = 0;
  uint16_t dropped = 0;
  uint64_t first_dropped = 0, last_dropped = 0;
  uint16_t count = 0;                    // as declared
  std::vector<EventRecordView> records;  // as many as there are bytes for
  bool overflow() const { return flags & 1; }
  bool more() const { return flags & 2; }
};
inline constexpr size_t kEventHeaderBytes = 32, kEventBytes = 128;
Decoded<EventAnswer> DecodeEvents(std::string_view bytes);

// A DPA and a length in lines: of Get Poison List and of scans.
std::string EncodeDpaRange(uint64_t dpa, uint64_t lines);
std::string EncodeDpa(uint64_t dpa);
// With `data` as the line's new content.
std::string EncodeClearPoison(uint64_t dpa, std::string_view data = {});
// Of the records with these handles; all of the log's where there are none.
std::string EncodeClearEvents(uint8_t log,
                              const std::vector<uint16_t>& handles);

std::string InWords(const PoisonListAnswer& list);
std::string InWords(const ScanResults& results);
std::string InWords(const EventAnswer& events);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_POISON_PAYLOAD_H_
