// SPDX-License-Identifier: GPL-2.0-only
//
// The NFIT as firmware left it in memory.

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "validate/check.h"

namespace daxmend {
namespace nfit_checks {

constexpr char kArea[] = "NFIT";
constexpr char kTable[] = "ACPI 6.5 §5.2.25";
constexpr char kSpa[] = "ACPI 6.5 §5.2.25.2";
constexpr char kMapping[] = "ACPI 6.5 §5.2.25.3";

// UEFI 2.10 §7.2.3: the attributes that say how memory can be cached, and
// EFI_MEMORY_NV.
constexpr uint64_t kCacheable = 0x1f;
constexpr uint64_t kNonVolatile = 0x8000;
// Those and EFI_MEMORY_WP, RP, XP, MORE_RELIABLE, RO, SP, CPU_CRYPTO,
// HOT_PLUGGABLE, ISA_VALID with ISA_MASK, and RUNTIME.
constexpr uint64_t kKnownAttributes = 0xcffff000001ff01f;

SpaRange RangeOf(const NfitSpa& spa) {
  return SpaRange::OfLength(spa.start, spa.length);
}

std::string Named(const NfitSpa& spa) {
  return fmt::format("SPA range {} at {}", spa.index, Hexadecimal(spa.start));
}

void Header(Probe& probe) {
  const Nfit& nfit = probe.NfitOnRecord();
  probe.Require(nfit.signature == "NFIT", "the signature is not \"NFIT\"");
  const uint64_t bytes = probe.bus().Nfit().size();
  probe.Require(nfit.length == bytes,
                fmt::format("the header says {} bytes, the table has {}",
                            nfit.length, bytes));
}

void Checksum(Probe& probe) {
  probe.Require(probe.NfitOnRecord().checksum == 0,
                "the table's bytes add up to " +
                    Hexadecimal(probe.nfit().checksum) + ", not to 0");
}

void Revision(Probe& probe) {
  const unsigned revision = probe.NfitOnRecord().revision;
  probe.Require(revision == 1,
                fmt::format("the revision is {}, not 1", revision));
}

void ReservedHeader(Probe& probe) {
  probe.Require(probe.NfitOnRecord().reserved == 0,
                "the reserved dword after the header is " +
                    Hexadecimal(probe.nfit().reserved));
}

void Walk(Probe& probe) {
  const Nfit& nfit = probe.NfitOnRecord();
  probe.Require(nfit.walk_error.empty(), nfit.walk_error);
  probe.Require(!nfit.structures.empty(), "the table has no structures");
  probe.Note(fmt::format("structures: {}", nfit.structures.size()));
}

void Lengths(Probe& probe) {
  for (const NfitStructure& structure : probe.NfitOnRecord().structures) {
    const uint64_t length = NfitStructureLength(structure);
    probe.Require(structure.length == length,
                  fmt::format("the structure of type {} at offset {} declares "
                              "{} bytes instead of {}",
                              structure.type, structure.offset,
                              structure.length, length));
  }
}

void UnknownTypes(Probe& probe) {
  for (const NfitStructure& structure : probe.NfitOnRecord().structures)
    if (structure.type > kNfitLastKnownType)
      probe.Warn(
          fmt::format("the structure at offset {} has the reserved type {}: "
                      "operating systems skip it",
                      structure.offset, structure.type));
}

void SpaIndexes(Probe& probe) {
  std::set<uint16_t> seen;
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas()) {
    if (spa.index == 0 && spa.VirtualDisk()) continue;
    probe.Require(spa.index != 0, Named(spa) + " has index 0");
    probe.Require(seen.insert(spa.index).second,
                  fmt::format("two SPA ranges have index {}", spa.index));
  }
}

void SpaExtents(Probe& probe) {
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas()) {
    probe.Require(spa.length != 0, Named(spa) + " has no length");
    probe.Require(spa.start + (spa.length - 1) >= spa.start,
                  Named(spa) + " of length " + Hexadecimal(spa.length) +
                      " wraps past the end of the address space");
  }
}

void SpaOverlaps(Probe& probe) {
  std::vector<NfitSpa> spas = probe.NfitOnRecord().Spas();
  std::sort(spas.begin(), spas.end(), [](const NfitSpa& a, const NfitSpa& b) {
    return a.start < b.start;
  });
  for (size_t i = 1; i < spas.size(); ++i)
    probe.Require(!RangeOf(spas[i - 1]).Overlaps(RangeOf(spas[i])),
                  Named(spas[i - 1]) + " and " + Named(spas[i]) + " overlap");
}

void PersistentAttributes(Probe& probe) {
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas()) {
    if (!spa.Persistent()) continue;
    const std::string has =
        Named(spa) + " has attributes " + Hexadecimal(spa.attributes);
    probe.Require(spa.attributes & kNonVolatile,
                  has + ", without EFI_MEMORY_NV (0x8000)");
    probe.Require(spa.attributes & kCacheable,
                  has + ", none of which says how it can be cached");
  }
}

void KnownAttributes(Probe& probe) {
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas())
    probe.Require((spa.attributes & ~kKnownAttributes) == 0,
                  Named(spa) + " has attributes " +
                      Hexadecimal(spa.attributes) +
                      ", some of which UEFI does not define");
}

void SpaReserved(Probe& probe) {
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas()) {
    probe.Require((spa.flags & ~7u) == 0, Named(spa) + " has reserved flags: " +
                                              Hexadecimal(spa.flags));
    probe.Require(spa.reserved == 0, Named(spa) + " has a reserved dword of " +
                                         Hexadecimal(spa.reserved));
  }
}

void Mappings(Probe& probe) {
  const std::vector<NfitMapping> mappings = probe.NfitOnRecord().Mappings();
  if (mappings.empty())
    probe.Skip("the table maps no ranges to NVDIMMs (no structure of type 1)");
  const std::vector<NfitSpa> spas = probe.nfit().Spas();
  const std::vector<uint16_t> controls = probe.nfit().ControlIndexes();
  for (const NfitMapping& mapping : mappings) {
    const std::string named =
        "the region mapping of device " + Hexadecimal(mapping.handle);
    probe.Require(mapping.range_index == 0 ||
                      std::any_of(spas.begin(), spas.end(),
                                  [&](const NfitSpa& spa) {
                                    return spa.index == mapping.range_index;
                                  }),
                  fmt::format("{} names SPA range {}, which does not exist",
                              named, mapping.range_index));
    probe.Require(
        std::count(controls.begin(), controls.end(), mapping.control_index) ==
            1,
        fmt::format(
            "{} names control region {}, of which there is not exactly one",
            named, mapping.control_index));
  }
}

void KernelRegions(Probe& probe) {
  const std::vector<SpaRange> regions = probe.bus().Regions();
  for (const NfitSpa& spa : probe.NfitOnRecord().Spas())
    if (spa.Persistent())
      probe.Require(std::count(regions.begin(), regions.end(), RangeOf(spa)),
                    "the kernel made no region of " + Named(spa) + "; it has " +
                        RangesInWords(regions));
}

}  // namespace nfit_checks

std::vector<Check> NfitChecks() {
  using namespace nfit_checks;
  return {
      {{"NFIT-01", "The header has the signature and the table's length",
        kTable, kArea},
       Header},
      {{"NFIT-02", "The bytes add up to 0", kTable, kArea}, Checksum},
      {{"NFIT-03", "The revision is 1", kTable, kArea}, Revision},
      {{"NFIT-04", "The reserved dword after the header is 0", kTable, kArea},
       ReservedHeader},
      {{"NFIT-05", "The structures fill the table exactly", kTable, kArea},
       Walk},
      {{"NFIT-06", "Every structure has the length that its type asks for",
        kTable, kArea},
       Lengths},
      {{"NFIT-07", "No structure has a reserved type", kTable, kArea},
       UnknownTypes},
      {{"NFIT-08", "Every SPA range has an index of its own", kSpa, kArea},
       SpaIndexes},
      {{"NFIT-09", "No SPA range is empty or wraps", kSpa, kArea}, SpaExtents},
      {{"NFIT-10", "No two SPA ranges overlap", kSpa, kArea}, SpaOverlaps},
      {{"NFIT-11",
        "Persistent ranges are non-volatile and say how they can be cached",
        "ACPI 6.5 §5.2.25.2, UEFI 2.10 §7.2.3", kArea},
       PersistentAttributes},
      {{"NFIT-12", "SPA ranges have only attributes that UEFI defines",
        "ACPI 6.5 §5.2.25.2, UEFI 2.10 §7.2.3", kArea},
       KnownAttributes},
      {{"NFIT-13", "What is reserved in SPA ranges is 0", kSpa, kArea},
       SpaReserved},
      {{"NFIT-14",
        "Region mappings name SPA ranges and control regions that exist",
        kMapping, kArea},
       Mappings},
      {{"NFIT-15", "The kernel made a region of every persistent range",
        "ACPI 6.5 §5.2.25.2; Linux, acpi_nfit_register_regions", kArea},
       KernelRegions},
  };
}

}  // namespace daxmend
