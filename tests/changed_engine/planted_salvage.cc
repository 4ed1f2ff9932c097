// SPDX-License-Identifier: GPL-2.0-only
//
// Linked into fio-daxmend-salvage with --wrap: putting pages together there
// takes 1,409 instructions more, 2 % of the 70,395 that it takes a page of
// jobs/recovery.fio, and nothing else does. What the gate must see is tried
// with this; nothing of it is in the engine.

#include "recovery/salvage.h"

namespace daxmend {

[[gnu::noinline]] void PlantedWork();
void PlantedWork() {
  for (int rounds = 700; rounds > 0; --rounds) asm volatile("");
}

// The linker's names for Salvage::Assemble() (CMakeLists.txt): who calls it
// gets this one, and this one gets it.
int AsItIs(Salvage* salvage, const SalvagePlan& plan, FileRange pages,
           uint64_t size, uint64_t fresh_offset,
           std::span<const std::byte> fresh) asm("__real_" SALVAGE_ASSEMBLE);
int WithPlantedWork(
    Salvage* salvage, const SalvagePlan& plan, FileRange pages, uint64_t size,
    uint64_t fresh_offset,
    std::span<const std::byte> fresh) asm("__wrap_" SALVAGE_ASSEMBLE);

int WithPlantedWork(Salvage* salvage, const SalvagePlan& plan, FileRange pages,
                    uint64_t size, uint64_t fresh_offset,
                    std::span<const std::byte> fresh) {
  PlantedWork();
  return AsItIs(salvage, plan, pages, size, fresh_offset, fresh);
}

}  // namespace daxmend
