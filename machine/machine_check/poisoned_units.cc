// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/poisoned_units.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace daxmend {

PoisonedUnits::PoisonedUnits(const NvdimmParameters& nvdimm, int ram)
    : table_(PlaceErrorTable(nvdimm)),
      memory_(SpaRange::OfLength(nvdimm.base, TotalSize(nvdimm))),
      unit_(nvdimm.clear_unit) {
  struct stat st;
  if (fstat(ram, &st) != 0) throw ErrnoError("map the guest's memory", errno);
  const auto bytes = static_cast<uint64_t>(st.st_size);
  void* at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, ram, 0);
  if (at == MAP_FAILED) throw ErrnoError("map the guest's memory", errno);
  ram_.bytes = {static_cast<const std::byte*>(at), bytes};
  if (nvdimm.base >= kFourGiB) ram_.low = kLowMemory;
}

PoisonedUnits::~PoisonedUnits() {
  munmap(const_cast<std::byte*>(ram_.bytes.data()), ram_.bytes.size());
}

uint32_t PoisonedUnits::Dword(size_t level, uint32_t index) const {
  uint32_t value = 0;
  std::memcpy(
      &value,
      ram_.bytes.data() + table_.level_address[level] + size_t{4} * index,
      sizeof value);
  return value;
}

std::vector<SpaRange> PoisonedUnits::Ranges() const {
  std::vector<SpaRange> ranges;
  // Every level says which dwords of the one below are worth looking at.
  const auto walk = [&](const auto& self, size_t level,
                        uint32_t index) -> void {
    if (index >= table_.level_dwords[level]) return;
    for (uint32_t bits = Dword(level, index); bits != 0; bits &= bits - 1) {
      const uint32_t below =
          index * 32 + static_cast<uint32_t>(std::countr_zero(bits));
      if (level > 0) {
        self(self, level - 1, below);
        continue;
      }
      if (below >= table_.units) return;
      const auto unit =
          SpaRange::OfLength(memory_.begin + uint64_t{below} * unit_, unit_);
      if (!ranges.empty() && ranges.back().end == unit.begin)
        ranges.back().end = unit.end;
      else
        ranges.push_back(unit);
    }
  };
  for (uint32_t i = 0; i < table_.level_dwords[3]; ++i) walk(walk, 3, i);
  return ranges;
}

bool PoisonedUnits::IsPoisoned(uint64_t address) const {
  if (!memory_.Contains(address)) return false;
  const uint64_t unit = (address - memory_.begin) / unit_;
  return Dword(0, static_cast<uint32_t>(unit / 32)) >> (unit % 32) & 1;
}

}  // namespace daxmend
