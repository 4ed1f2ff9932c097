// SPDX-License-Identifier: GPL-2.0-only

#include "machine/error_table.h"

#include <fmt/core.h>

#include <bit>
#include <cstdio>

#include "core/error.h"
#include "core/text.h"

namespace daxmend {
namespace {

constexpr uint64_t kTablePage = 4096;
constexpr uint64_t kTableHeaderBytes = 16;
constexpr uint64_t kBootCounterOffset = 8;
// QEMU's q35 keeps RAM in one piece up to here (hw/i386/pc_q35.c, 7.2).
constexpr uint64_t kLowestHole = 0xb0000000;
// RAM that is left to the guest's kernel and programs below the table.
constexpr uint64_t kLeastBase = kLowMemory / 2;
constexpr uint64_t kMostSize = uint64_t{64} << 30;
// More than the BIOS takes at the end of RAM for the ACPI tables.
constexpr uint64_t kBiosMemory = uint64_t{16} << 20;

std::string Bytes(uint64_t value) { return fmt::format("{} bytes", value); }

uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// "an NVDIMM of 16777216 bytes", "2 NVDIMMs of 16777216 bytes"
std::string Described(const NvdimmParameters& nvdimm) {
  return (nvdimm.count == 1 ? "an NVDIMM"
                            : fmt::format("{} NVDIMMs", nvdimm.count)) +
         " of " + Bytes(nvdimm.size);
}

void Check(const NvdimmParameters& nvdimm) {
  if (nvdimm.count == 0 || nvdimm.count > kMostNvdimms)
    throw Error({.thing = fmt::format("{} NVDIMMs", nvdimm.count),
                 .cause = "cannot be emulated",
                 .way_out = fmt::format("choose 1 to {}", kMostNvdimms)});
  const bool cxl = nvdimm.bus == NvdimmBus::kCxl;
  if (nvdimm.count > 1 && nvdimm.bus != NvdimmBus::kNfit && !cxl)
    throw Error({.thing = fmt::format("--nvdimm {}", Name(nvdimm.bus)),
                 .cause = "has one NVDIMM",
                 .way_out = "leave --nvdimm-count out, or use --nvdimm nfit"});
  if (cxl && !std::has_single_bit(nvdimm.count))
    throw Error({.thing = fmt::format("--cxl-ways {}", nvdimm.count),
                 .cause = "is no number of ways that a region can have here",
                 .way_out = "choose 1, 2 or 4"});
  if (cxl && (nvdimm.size == 0 || nvdimm.size % kCxlAlignment))
    throw Error({.thing = "a CXL device of " + Bytes(nvdimm.size),
                 .cause = "is not possible (CXL counts in units of 256 MiB)",
                 .way_out = "choose a multiple of 256M"});
  if (cxl && nvdimm.cxl != CxlDevices::kQemu &&
      (nvdimm.base % kCxlAlignment || nvdimm.base >= kFourGiB))
    throw Error({.thing = "the CXL window",
                 .cause = "cannot be at " + Hexadecimal(nvdimm.base),
                 .way_out = "choose a multiple of 256M below 4G"});
  if (nvdimm.size == 0 || nvdimm.size % kNvdimmAlignment ||
      nvdimm.size > kMostSize / nvdimm.count)
    throw Error({.thing = Described(nvdimm),
                 .cause = "cannot be emulated",
                 .way_out = fmt::format("choose a multiple of 16M up to 64G{}",
                                        nvdimm.count > 1 ? " in all" : "")});
  if (nvdimm.base % kNvdimmAlignment || nvdimm.base < kLeastBase ||
      nvdimm.base > kMostSize)
    throw Error({.thing = "the NVDIMM",
                 .cause = "cannot be at " + Hexadecimal(nvdimm.base),
                 .way_out = "choose a multiple of 16M from 512M to 64G"});
  if (IsInRam(nvdimm) && nvdimm.base < kFourGiB &&
      nvdimm.base + TotalSize(nvdimm) > kLowestHole)
    throw Error({.thing = fmt::format("{} at {}", Described(nvdimm),
                                      Hexadecimal(nvdimm.base)),
                 .cause = "would reach into the hole below 4 GiB",
                 .way_out = "put it at 4G or higher"});
  if (!std::has_single_bit(nvdimm.clear_unit) || nvdimm.clear_unit < 64 ||
      nvdimm.clear_unit > 4096)
    throw Error({.thing = "a clear unit of " + Bytes(nvdimm.clear_unit),
                 .cause = "is not possible",
                 .way_out = "choose a power of two from 64 to 4096"});
  if (nvdimm.error_ranges == 0 || nvdimm.error_ranges > 1'000'000)
    throw Error({.thing = fmt::format("a firmware table of {} ranges",
                                      nvdimm.error_ranges),
                 .cause = "is not possible",
                 .way_out = "choose 1 to 1000000"});
}

}  // namespace

std::string_view Name(NvdimmBus bus) {
  switch (bus) {
    case NvdimmBus::kNfit:
      return "nfit";
    case NvdimmBus::kE820:
      return "e820";
    case NvdimmBus::kVirtio:
      return "virtio";
    case NvdimmBus::kCxl:
      return "cxl";
  }
  return "";
}

ErrorTable PlaceErrorTable(const NvdimmParameters& nvdimm) {
  Check(nvdimm);
  ErrorTable table;
  table.units = static_cast<uint32_t>(TotalSize(nvdimm) / nvdimm.clear_unit);
  uint32_t bits = table.units;
  for (uint32_t& dwords : table.level_dwords) {
    dwords = (bits + 31) / 32;
    bits = dwords;
  }
  // From the top level down, so that the small ones share a page.
  std::array<uint64_t, 4> offset{};
  uint64_t end = kTableHeaderBytes;
  for (size_t level = 4; level-- > 0;) {
    if (level == 0) end += 4;
    offset[level] = end;
    end += uint64_t{4} * table.level_dwords[level];
  }
  table.size = RoundUp(end + 4, kTablePage);
  table.address =
      (nvdimm.base < kFourGiB ? nvdimm.base : kLowMemory / 2) - table.size;
  table.boot_counter = table.address + kBootCounterOffset;
  for (size_t level = 0; level < 4; ++level)
    table.level_address[level] =
        static_cast<uint32_t>(table.address + offset[level]);
  if (table.size > kLeastBase / 4)
    throw Error(
        {.thing = "a clear unit of " + Bytes(nvdimm.clear_unit),
         .cause = fmt::format("makes the firmware's table for {} too large",
                              Described(nvdimm)),
         .way_out = "choose a larger unit"});
  return table;
}

uint64_t GuestMemory(const NvdimmParameters& nvdimm, uint64_t initrd) {
  const uint64_t behind = RoundUp(initrd + kBiosMemory, kBiosMemory);
  const bool inside = IsInRam(nvdimm);
  const uint64_t end = nvdimm.base + (inside ? TotalSize(nvdimm) : 0);
  const bool low = nvdimm.base < kFourGiB;
  if (low ? end + behind > kLowestHole : behind > kLowMemory / 2)
    throw Error({.thing = "the guest's initial file system of " + Bytes(initrd),
                 .cause = "does not fit behind the NVDIMM",
                 .way_out = "add less, or change --nvdimm-base"});
  return low ? end + behind : kLowMemory + end - kFourGiB;
}

std::string ReservedMemory(const NvdimmParameters& nvdimm) {
  const ErrorTable table = PlaceErrorTable(nvdimm);
  auto memmap = [](uint64_t address, char kind, uint64_t size) {
    return "memmap=" + Hexadecimal(size) + kind + Hexadecimal(address);
  };
  if (nvdimm.bus == NvdimmBus::kNfit && nvdimm.base < kFourGiB)
    return memmap(table.address, '$', table.size + TotalSize(nvdimm));
  const std::string reserved = memmap(table.address, '$', table.size);
  if (!IsInRam(nvdimm)) return reserved;
  // Not even reserved: the window's driver wants the addresses free.
  if (nvdimm.bus == NvdimmBus::kCxl)
    return reserved + " memmap=" + Hexadecimal(TotalSize(nvdimm)) + "%" +
           Hexadecimal(nvdimm.base) + "-1";
  const char kind = nvdimm.bus == NvdimmBus::kE820 ? '!' : '$';
  return reserved + " " + memmap(nvdimm.base, kind, TotalSize(nvdimm));
}

}  // namespace daxmend
