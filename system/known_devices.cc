// SPDX-License-Identifier: GPL-2.0-only

#include "system/known_devices.h"

#include <map>

#include "system/layers/dm_table.h"
#include "system/process_tables.h"

namespace daxmend {

KnownDevice FindKnownDevice(dev_t number) {
  // Never freed: threads may outlive main().
  static auto& known = *new std::map<dev_t, KnownDevice>;
  const ProcessTablesLock hold;
  if (const auto at = known.find(number); at != known.end()) return at->second;
  KnownDevice found = {.device = FindBlockDevice(number)};
  found.keeps_badblocks = KeepsBadblocks(found.device);
  // Device mapper may have it elsewhere the next time.
  if (!IsMapper(number)) known[number] = found;
  return found;
}

}  // namespace daxmend
