// SPDX-License-Identifier: GPL-2.0-only
//
// The payloads of address range scrubbing: functions 1 to 4 of the NVDIMM root
// device's _DSM (ACPI 6.5 §9.20.7.4 to §9.20.7.7; the layouts are also in
// linux/ndctl.h, nd_cmd_ars_cap to nd_cmd_clear_error). Addresses are system
// physical, lengths bytes.
//
// Decoders take whatever firmware returned: they never read past it, and a
// count or size it declares is kept as declared, not believed. Pure;
// thread-safe.

#ifndef DAXMEND_VALIDATE_ARS_PAYLOAD_H_
#define DAXMEND_VALIDATE_ARS_PAYLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "validate/payload_reader.h"

namespace daxmend {

// The low word of every answer.
inline constexpr uint16_t kStatusSuccess = 0;
inline constexpr uint16_t kStatusNotSupported = 1;
inline constexpr uint16_t kStatusInvalidInput = 2;
// Start ARS only.
inline constexpr uint16_t kStatusArsInProgress = 6;

// Types of memory: to scrub, and that can be scrubbed.
inline constexpr uint16_t kArsVolatile = 1;
inline constexpr uint16_t kArsPersistent = 2;
// Start ARS: return what the last scrub found, start none.
inline constexpr uint8_t kArsReturnPrevious = 2;
// Query ARS Status: more records than fitted.
inline constexpr uint16_t kArsOverflow = 1;

// Extended status of Query ARS Status.
inline constexpr uint16_t kArsDone = 0;
inline constexpr uint16_t kArsBusy = 1;
inline constexpr uint16_t kArsNone = 2;     // none since boot
inline constexpr uint16_t kArsStopped = 3;  // before its end

inline constexpr size_t kArsHeaderBytes = 48;
inline constexpr size_t kArsRecordBytes = 24;

struct ArsCapabilities {
  uint16_t status = 0;
  uint16_t extended = 0;  // kArsVolatile, kArsPersistent: can be scrubbed
  uint32_t max_status_bytes = 0;  // of an answer of Query ARS Status
  uint32_t clear_unit = 0;        // bytes
  uint16_t flags = 0;             // bit 0: announces errors (Notify 0x81)
  uint16_t reserved = 0;
};

struct ArsStart {
  uint16_t status = 0;
  uint16_t extended = 0;
  uint32_t seconds = 0;  // that the scrub is estimated to take
};

struct ArsRecord {
  uint32_t handle = 0;
  uint32_t reserved = 0;
  uint64_t start = 0;
  uint64_t length = 0;
  bool operator==(const ArsRecord&) const = default;
};

struct ArsStatus {
  uint16_t status = 0;
  uint16_t extended = 0;
  bool has_header = false;  // all that follows was there
  uint32_t size = 0;        // as declared
  uint64_t start = 0;       // what was scrubbed
  uint64_t length = 0;
  uint64_t restart_start = 0;
  uint64_t restart_length = 0;
  uint16_t type = 0;
  uint16_t flags = 0;
  uint32_t count = 0;              // as declared
  std::vector<ArsRecord> records;  // those of them that were there, whole
  bool operator==(const ArsStatus&) const = default;
};

struct ClearedError {
  uint16_t status = 0;
  uint16_t extended = 0;
  uint32_t reserved = 0;
  uint64_t cleared = 0;  // bytes
};

// The argument of functions 1, 4 and 8.
std::string EncodeRange(uint64_t start, uint64_t length);
std::string EncodeStartArs(uint64_t start, uint64_t length, uint16_t type,
                           uint8_t flags);

// An answer may be cut after its status word when that isn't success.
Decoded<ArsCapabilities> DecodeArsCapabilities(std::string_view bytes);
Decoded<ArsStart> DecodeArsStart(std::string_view bytes);
Decoded<ArsStatus> DecodeArsStatus(std::string_view bytes);
Decoded<ClearedError> DecodeClearedError(std::string_view bytes);

// One line each.
std::string InWords(const ArsCapabilities& answer);
std::string InWords(const ArsStart& answer);
std::string InWords(const ArsStatus& answer);
std::string InWords(const ClearedError& answer);
// "2 (invalid input parameters)"
std::string StatusInWords(uint16_t status);
}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_ARS_PAYLOAD_H_
