// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/badblocks_injector.h"

#include "system/block_device.h"
#include "system/file_io.h"

namespace daxmend {

void BadblocksInjector::Plant(SectorRange sectors, bool) {
  AddBadblocks(list_, sectors);
}

std::vector<SectorRange> BadblocksInjector::Planted() {
  return ParseBadblocks(ReadFile(list_));
}

}  // namespace daxmend
