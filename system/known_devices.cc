// SPDX-License-Identifier: GPL-2.0-only

#include "system/known_devices.h"

#include <map>

#include "system/process_tables.h"

namespace daxmend {

KnownDevice FindKnownDevice(dev_t number) {
  // Never freed: threads may outlive main().
  static auto& known = *new std::map<dev_t, KnownDevice>;
  const ProcessTablesLock hold;
  if (const auto at = known.find(number); at != known.end()) return at->second;
  KnownDevice found = {.device = FindBlockDevice(number)};
  found.keeps_badblocks = KeepsBadblocks(found.device);
  return known[number] = found;
}

}  // namespace daxmend
