// SPDX-License-Identifier: GPL-2.0-only

#include "machine/acpi_table.h"

#include <fmt/core.h>

#include <bit>
#include <string_view>

#include "core/error.h"

namespace daxmend {
namespace {

// ACPI 6.5, 5.2.6: the header all tables begin with.
constexpr size_t kLengthOffset = 4;
constexpr size_t kChecksumOffset = 9;
constexpr size_t kHeaderBytes = 36;
// ACPI 6.5, 5.2.25: the NFIT's structures begin after four reserved bytes, here
// with an SPA range structure.
constexpr size_t kSpaOffset = kHeaderBytes + 4;
constexpr size_t kSpaBytes = 56;
// The offsets in it.
constexpr size_t kSpaIndexOffset = 4;
constexpr size_t kSpaBaseOffset = 32;
constexpr size_t kSpaLengthOffset = 40;

// AML (ACPI 6.5, 20.2): Name (NAME, dword) is these bytes around the name.
constexpr char kNameOp = 0x08;
constexpr char kDWordPrefix = 0x0c;

uint64_t Load(std::string_view table, size_t offset, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(table[offset + i]);
  return value;
}

void Store(std::string& table, size_t offset, size_t bytes, uint64_t value) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8)
    table[offset + i] = static_cast<char>(value & 0xff);
}

unsigned char Sum(std::string_view table) {
  unsigned char sum = 0;
  for (char byte : table) sum += static_cast<unsigned char>(byte);
  return sum;
}

void FixChecksum(std::string& table) {
  table[kChecksumOffset] = 0;
  table[kChecksumOffset] = static_cast<char>(-Sum(table));
}

void Require(bool good, const char* file) {
  if (!good)
    throw Error({.thing = fmt::format("{}.aml", file),
                 .cause = fmt::format(
                     "is not made from machine/{}.asl of this daxmend", file),
                 .way_out = "compile it again"});
}

void SetName(std::string& table, std::string_view name, uint32_t value) {
  std::string pattern{kNameOp};
  pattern += name;
  pattern += kDWordPrefix;
  const size_t at = table.find(pattern);
  Require(at != std::string::npos && at + pattern.size() + 4 <= table.size() &&
              table.find(pattern, at + 1) == std::string::npos,
          "ssdt");
  Store(table, at + pattern.size(), 4, value);
}

}  // namespace

bool IsWholeTable(const std::string& table) {
  return table.size() >= kHeaderBytes &&
         Load(table, kLengthOffset, 4) == table.size() && Sum(table) == 0;
}

std::string FillNfit(std::string compiled, const NvdimmParameters& nvdimm) {
  Require(IsWholeTable(compiled) && compiled.starts_with("NFIT") &&
              compiled.size() >= kSpaOffset + kSpaBytes,
          "nfit");
  Store(compiled, kSpaOffset + kSpaBaseOffset, 8, nvdimm.base);
  Store(compiled, kSpaOffset + kSpaLengthOffset, 8, nvdimm.size);
  if (nvdimm.count > 1 && compiled.size() != kSpaOffset + kSpaBytes)
    throw Error({.thing = "the NFIT",
                 .cause = "describes more than one range already",
                 .way_out = "leave --nvdimm-count out"});
  const std::string first = compiled.substr(kSpaOffset, kSpaBytes);
  const uint64_t first_index = Load(first, kSpaIndexOffset, 2);
  for (uint32_t i = 1; i < nvdimm.count; ++i) {
    std::string next = first;
    Store(next, kSpaIndexOffset, 2, first_index + i);
    Store(next, kSpaBaseOffset, 8, nvdimm.base + i * nvdimm.size);
    compiled += next;
  }
  Store(compiled, kLengthOffset, 4, compiled.size());
  FixChecksum(compiled);
  return compiled;
}

std::string FillSsdt(std::string compiled, const NvdimmParameters& nvdimm) {
  Require(IsWholeTable(compiled) && compiled.starts_with("SSDT"), "ssdt");
  const ErrorTable table = PlaceErrorTable(nvdimm);
  SetName(compiled, "PBAS",
          static_cast<uint32_t>(nvdimm.base / nvdimm.clear_unit));
  SetName(compiled, "PUNI", table.units);
  SetName(compiled, "PUSH",
          static_cast<uint32_t>(std::countr_zero(nvdimm.clear_unit)));
  SetName(compiled, "PCAP", nvdimm.error_ranges);
  SetName(compiled, "PTAB", static_cast<uint32_t>(table.address));
  SetName(compiled, "PLV0", table.level_address[0]);
  SetName(compiled, "PLV1", table.level_address[1]);
  SetName(compiled, "PLV2", table.level_address[2]);
  SetName(compiled, "PLV3", table.level_address[3]);
  SetName(compiled, "PTOP", table.level_dwords[3]);
  FixChecksum(compiled);
  return compiled;
}

}  // namespace daxmend
