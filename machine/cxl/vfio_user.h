// SPDX-License-Identifier: GPL-2.0-only
//
// Gives a PCI function to QEMU: the server's side of the vfio-user protocol
// (version 0.0; QEMU's docs/interop/vfio-user.rst, 10.1) for one client, which
// is QEMU's device vfio-user-pci (QEMU 10.1 and later). Who listens for that is
// vfio_user_server.h.
//
// Whatever the client sends, the server stays in its own memory: a message that
// is none is answered with EINVAL, and a stream that cannot be followed any
// more ends the conversation.

#ifndef DAXMEND_MACHINE_CXL_VFIO_USER_H_
#define DAXMEND_MACHINE_CXL_VFIO_USER_H_

#include "machine/cxl/pci_function.h"

namespace daxmend {

// The conversation: answers what comes on `socket` until that ends or `stop`
// can be read (-1: never).
void ServeVfioUser(int socket, int stop, PciFunction& device);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_VFIO_USER_H_
