// SPDX-License-Identifier: GPL-2.0-only
//
// The NVDIMM Firmware Interface Table (ACPI 6.5 §5.2.25; the layouts are also
// in the kernel's include/acpi/actbl2.h, acpi_nfit_*). Of its structures only
// the fields that checks ask for are decoded.
//
// The decoder takes any bytes and never reads past them; what does not add up
// is kept for checks to find. Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_NFIT_PAYLOAD_H_
#define DAXMEND_VALIDATE_NFIT_PAYLOAD_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "validate/payload_reader.h"

namespace daxmend {

inline constexpr uint16_t kNfitSpaRange = 0;
inline constexpr uint16_t kNfitRegionMapping = 1;
inline constexpr uint16_t kNfitControlRegion = 4;
inline constexpr uint16_t kNfitLastKnownType = 7;

struct NfitStructure {
  uint16_t type = 0;
  uint16_t length = 0;     // as declared, its own header included
  uint32_t offset = 0;     // of the structure in the table
  std::string_view bytes;  // what of it the table has, header included
};

// System Physical Address Range, type 0.
struct NfitSpa {
  uint16_t index = 0;
  uint16_t flags = 0;
  uint32_t reserved = 0;
  uint32_t proximity = 0;
  std::array<uint8_t, 16> guid{};
  uint64_t start = 0;
  uint64_t length = 0;
  uint64_t attributes = 0;  // EFI_MEMORY_*

  bool Persistent() const;  // byte-addressable persistent memory
  bool Volatile() const;
  // Virtual disks and CDs need no index (Linux makes regions of index 0 only
  // of these).
  bool VirtualDisk() const;
};

// NVDIMM Region Mapping, type 1.
struct NfitMapping {
  uint32_t handle = 0;
  uint16_t range_index = 0;
  uint16_t control_index = 0;
  uint64_t length = 0;
  uint16_t interleave_ways = 0;
};

struct Nfit {
  std::string_view signature;
  uint32_t length = 0;  // as declared
  uint8_t revision = 0;
  uint8_t checksum = 0;  // of all bytes given; 0 is right
  uint32_t reserved = 0;
  std::vector<NfitStructure> structures;
  // Why the walk ended before the table's end; empty when it did not.
  std::string walk_error;

  std::vector<NfitSpa> Spas() const;
  std::vector<NfitMapping> Mappings() const;
  std::vector<uint16_t> ControlIndexes() const;
};

// `bytes` must outlive the value.
Decoded<Nfit> DecodeNfit(std::string_view bytes);

// How long a structure of a known type has to be by what it contains; its
// declared length when the type is not known.
uint64_t NfitStructureLength(const NfitStructure& structure);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_NFIT_PAYLOAD_H_
