// SPDX-License-Identifier: GPL-2.0-only
//
// The payloads of error injection and of address translation: functions 5 and 7
// to 9 of the NVDIMM root device's _DSM (ACPI 6.5 §9.20.7.8 to §9.20.7.11; the
// layouts are also in ndctl's ndctl/libndctl-nfit.h). Addresses are system
// physical, lengths bytes.
//
// Decoders never read past what they are given, and a count that firmware
// declares is kept as declared, not believed. Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_INJECT_PAYLOAD_H_
#define DAXMEND_VALIDATE_INJECT_PAYLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "validate/payload_reader.h"

namespace daxmend {

// ARS Error Inject: announce the error (Notify 0x81).
inline constexpr uint8_t kInjectNotify = 1;

// The answer of functions 7 and 8.
struct InjectAnswer {
  uint16_t status = 0;
  uint16_t extended = 0;
};

struct InjectStatus {
  uint16_t status = 0;
  uint16_t extended = 0;
  uint32_t count = 0;  // as declared
  // Those of them that were there, whole, as given: address and length.
  std::vector<std::pair<uint64_t, uint64_t>> records;
};

struct TranslatedSpa {
  struct Device {
    uint32_t handle = 0;
    uint64_t dpa = 0;
  };
  uint16_t status = 0;
  uint16_t extended = 0;
  uint8_t flags = 0;
  uint64_t length = 0;
  uint32_t count = 0;  // as declared
  std::vector<Device> devices;
};

std::string EncodeInject(uint64_t start, uint64_t length, uint8_t options);
std::string EncodeTranslateSpa(uint64_t address);

Decoded<InjectAnswer> DecodeInject(std::string_view bytes);
Decoded<InjectStatus> DecodeInjectStatus(std::string_view bytes);
Decoded<TranslatedSpa> DecodeTranslateSpa(std::string_view bytes);

// One line each.
std::string InWords(const InjectAnswer& answer);
std::string InWords(const InjectStatus& answer);
std::string InWords(const TranslatedSpa& answer);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_INJECT_PAYLOAD_H_
