// SPDX-License-Identifier: GPL-2.0-only
//
// Whether this process may do what injection needs.

#ifndef DAXMEND_INJECT_PRIVILEGE_H_
#define DAXMEND_INJECT_PRIVILEGE_H_

#include <string>

namespace daxmend {

// Throws Error ("ACTION needs root (CAP_SYS_ADMIN): ...") unless the process
// has CAP_SYS_ADMIN, which ND_CMD_CALL and reading the physical addresses in
// sysfs ask for (drivers/nvdimm/bus.c, nd_ioctl).
void RequireAdmin(const std::string& action);
// The same for an action on `target`, a file or a device that may not need it.
void RequireAdminFor(const std::string& target, const std::string& action);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PRIVILEGE_H_
