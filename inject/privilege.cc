// SPDX-License-Identifier: GPL-2.0-only

#include "inject/privilege.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/error.h"
#include "device/devices.h"

namespace daxmend {

void RequireAdmin(const std::string& action) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3,
                                  .pid = 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  const bool admin = syscall(SYS_capget, &header, data) == 0 &&
                     (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &
                      CAP_TO_MASK(CAP_SYS_ADMIN));
  if (!admin)
    throw Error({.thing = action,
                 .cause = "needs root (CAP_SYS_ADMIN)",
                 .way_out = "run it with sudo, or inside 'daxmend vm'"});
}

void RequireAdminFor(const std::string& target, const std::string& action) {
  const auto device = DeviceOfNode(target);
  if (!device || device->NeedsAdmin()) RequireAdmin(action);
}

}  // namespace daxmend
