// SPDX-License-Identifier: GPL-2.0-only

#include "system/shared_descriptor.h"

#include <map>
#include <utility>

#include "system/process_tables.h"

namespace daxmend {

SharedDescriptor OpenShared(const std::string& path, int flags) {
  // Never freed: threads may outlive main().
  static auto& open = *new std::map<std::pair<std::string, int>,
                                    std::weak_ptr<const FileDescriptor>>;
  const ProcessTablesLock hold;
  auto& place = open[{path, flags}];
  SharedDescriptor descriptor = place.lock();
  if (!descriptor) {
    descriptor = std::make_shared<const FileDescriptor>(
        FileDescriptor::Open(path, flags));
    place = descriptor;
  }
  return descriptor;
}

}  // namespace daxmend
