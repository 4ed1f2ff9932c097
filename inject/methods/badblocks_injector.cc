// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/badblocks_injector.h"

#include "system/block_device.h"
#include "system/file_io.h"

namespace daxmend {

void BadblocksInjector::Inject(SectorRange sectors, bool) {
  AddBadblocks(list_, sectors);
}

std::vector<SectorRange> BadblocksInjector::Injected() {
  return ParseBadblocks(ReadFile(list_));
}

}  // namespace daxmend
