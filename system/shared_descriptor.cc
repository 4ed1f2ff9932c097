// SPDX-License-Identifier: GPL-2.0-only

#include "system/shared_descriptor.h"

#include <map>
#include <mutex>
#include <utility>

namespace daxmend {

SharedDescriptor OpenShared(const std::string& path, int flags) {
  // Never freed: threads may outlive main().
  static auto& mutex = *new std::mutex;
  static auto& open = *new std::map<std::pair<std::string, int>,
                                    std::weak_ptr<const FileDescriptor>>;
  const std::lock_guard hold(mutex);
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
