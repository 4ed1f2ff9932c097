// SPDX-License-Identifier: GPL-2.0-only

#include "validate/nfit_payload.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace daxmend {
namespace {

constexpr size_t kHeaderBytes = 40;  // the ACPI header and a reserved dword

// GUIDs as they lie in memory: the first three groups little-endian.
using Guid = std::array<uint8_t, 16>;
constexpr Guid kPersistent = {0x79, 0xd3, 0xf0, 0x66, 0xf3, 0xb4, 0x74, 0x40,
                              0xac, 0x43, 0x0d, 0x33, 0x18, 0xb7, 0x8c, 0xdb};
constexpr Guid kVolatile = {0x4f, 0x94, 0x05, 0x73, 0xda, 0xfd, 0xe3, 0x44,
                            0xb1, 0x6c, 0x3f, 0x22, 0xd2, 0x52, 0xe5, 0xd0};
constexpr Guid kVirtualDisks[] = {
    {0x5a, 0x53, 0xab, 0x77, 0xfc, 0x45, 0x4b, 0x62, 0x55, 0x60, 0xf7, 0xb2,
     0x81, 0xd1, 0xf9, 0x6e},
    {0x30, 0xbd, 0x5a, 0x3d, 0x75, 0x41, 0xce, 0x87, 0x6d, 0x64, 0xd2, 0xad,
     0xe5, 0x23, 0xc4, 0xbb},
    {0xc9, 0x02, 0xea, 0x5c, 0x07, 0x4d, 0xd3, 0x69, 0x26, 0x9f, 0x44, 0x96,
     0xfb, 0xe0, 0x96, 0xf9},
    {0x88, 0x81, 0x01, 0x08, 0xcd, 0x42, 0x48, 0xbb, 0x10, 0x0f, 0x53, 0x87,
     0xd5, 0x3d, 0xed, 0x3d}};

// A field of a structure that may be cut; 0 where it is missing.
template <class Integer>
Integer FieldAt(std::string_view bytes, size_t offset) {
  PayloadReader reader(bytes);
  reader.TakeBytes(offset);
  return reader.Take<Integer>();
}

NfitSpa DecodeSpa(std::string_view bytes) {
  PayloadReader reader(bytes);
  NfitSpa spa;
  reader.TakeBytes(4);
  spa.index = reader.Take<uint16_t>();
  spa.flags = reader.Take<uint16_t>();
  spa.reserved = reader.Take<uint32_t>();
  spa.proximity = reader.Take<uint32_t>();
  const std::string_view guid = reader.TakeBytes(16);
  std::copy(guid.begin(), guid.end(), spa.guid.begin());
  spa.start = reader.Take<uint64_t>();
  spa.length = reader.Take<uint64_t>();
  spa.attributes = reader.Take<uint64_t>();
  return spa;
}

}  // namespace

bool NfitSpa::Persistent() const { return guid == kPersistent; }
bool NfitSpa::Volatile() const { return guid == kVolatile; }
bool NfitSpa::VirtualDisk() const {
  return std::find(std::begin(kVirtualDisks), std::end(kVirtualDisks), guid) !=
         std::end(kVirtualDisks);
}

Decoded<Nfit> DecodeNfit(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes)
    return {.value = {},
            .error = fmt::format(
                "the table has {} bytes, too few for its header of 40",
                bytes.size())};
  Nfit nfit;
  nfit.signature = bytes.substr(0, 4);
  nfit.length = FieldAt<uint32_t>(bytes, 4);
  nfit.revision = FieldAt<uint8_t>(bytes, 8);
  nfit.reserved = FieldAt<uint32_t>(bytes, 36);
  nfit.checksum = std::accumulate(
      bytes.begin(), bytes.end(), uint8_t{0}, [](uint8_t sum, char c) {
        return static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
      });
  size_t at = kHeaderBytes;
  while (at < bytes.size() && nfit.walk_error.empty()) {
    const std::string_view rest = bytes.substr(at);
    const std::string here = fmt::format("the structure at offset {}", at);
    if (rest.size() < 4) {
      nfit.walk_error =
          fmt::format("{} is cut after {} bytes", here, rest.size());
      break;
    }
    NfitStructure structure{.type = FieldAt<uint16_t>(rest, 0),
                            .length = FieldAt<uint16_t>(rest, 2),
                            .offset = static_cast<uint32_t>(at),
                            .bytes = {}};
    structure.bytes = rest.substr(0, structure.length);
    if (structure.length < 4)
      nfit.walk_error =
          fmt::format("{} declares {} bytes, fewer than its own header", here,
                      structure.length);
    else if (structure.length > rest.size())
      nfit.walk_error =
          fmt::format("{} declares {} bytes, but the table ends after {}", here,
                      structure.length, rest.size());
    at += structure.length;
    nfit.structures.push_back(structure);
  }
  return {.value = std::move(nfit), .error = ""};
}

std::vector<NfitSpa> Nfit::Spas() const {
  std::vector<NfitSpa> spas;
  for (const NfitStructure& structure : structures)
    if (structure.type == kNfitSpaRange)
      spas.push_back(DecodeSpa(structure.bytes));
  return spas;
}

std::vector<NfitMapping> Nfit::Mappings() const {
  std::vector<NfitMapping> mappings;
  for (const NfitStructure& structure : structures)
    if (structure.type == kNfitRegionMapping)
      mappings.push_back(
          {.handle = FieldAt<uint32_t>(structure.bytes, 4),
           .range_index = FieldAt<uint16_t>(structure.bytes, 12),
           .control_index = FieldAt<uint16_t>(structure.bytes, 14),
           .length = FieldAt<uint64_t>(structure.bytes, 16),
           .interleave_ways = FieldAt<uint16_t>(structure.bytes, 42)});
  return mappings;
}

std::vector<uint16_t> Nfit::ControlIndexes() const {
  std::vector<uint16_t> indexes;
  for (const NfitStructure& structure : structures)
    if (structure.type == kNfitControlRegion)
      indexes.push_back(FieldAt<uint16_t>(structure.bytes, 4));
  return indexes;
}

uint64_t NfitStructureLength(const NfitStructure& structure) {
  const std::string_view bytes = structure.bytes;
  switch (structure.type) {
    case kNfitSpaRange:
      // ACPI 6.4 added a location cookie of 8 bytes, there when flags bit 2 is.
      return FieldAt<uint16_t>(bytes, 6) & 4 ? 64 : 56;
    case kNfitRegionMapping:
      return 48;
    case 2:  // Interleave: lines of 4 bytes each
      return 16 + 4 * uint64_t{FieldAt<uint32_t>(bytes, 8)};
    case 3:  // SMBIOS Management Information: whatever SMBIOS has
      return std::max<uint64_t>(structure.length, 8);
    case kNfitControlRegion:
      // Without block windows the fields that describe them may be left out.
      return structure.length == 32 && FieldAt<uint16_t>(bytes, 30) == 0 ? 32
                                                                         : 80;
    case 5:  // Block Data Window Region
      return 40;
    case 6:  // Flush Hint Address: addresses of 8 bytes each
      return 16 + 8 * uint64_t{FieldAt<uint16_t>(bytes, 8)};
    case kNfitLastKnownType:  // Platform Capabilities
      return 16;
    default:
      return structure.length;
  }
}

}  // namespace daxmend
