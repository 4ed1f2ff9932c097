// SPDX-License-Identifier: GPL-2.0-only
//
// Gives a PCI function to QEMU: the server's side of the vfio-user protocol
// (version 0.0; QEMU's docs/interop/vfio-user.rst, 10.1) for one client, which
// is QEMU's device vfio-user-pci (QEMU 10.1 and later).
//
//   VfioUserServer server(device);     // listens
//   ... -device vfio-user-pci with server.path() ...
//
// A thread of its own answers until the client goes away or the server does.
// The device is only touched by that thread, one message after the other, so
// that what it does depends on what the guest does and on nothing else.
//
// Whatever the client sends, the server stays in its own memory: a message that
// is none is answered with EINVAL, and a stream that cannot be followed any
// more ends the conversation.

#ifndef DAXMEND_MACHINE_CXL_VFIO_USER_H_
#define DAXMEND_MACHINE_CXL_VFIO_USER_H_

#include <string>
#include <thread>
#include <vector>

#include "machine/cxl/pci_function.h"
#include "system/file_descriptor.h"

namespace daxmend {

class VfioUserServer {
 public:
  // `device` must outlive it. Throws Error.
  explicit VfioUserServer(PciFunction& device);
  ~VfioUserServer();
  VfioUserServer(const VfioUserServer&) = delete;
  VfioUserServer& operator=(const VfioUserServer&) = delete;

  // What a client that inherits descriptor() connects to. There is no such name
  // on any disk.
  std::string path() const;
  int descriptor() const { return place_.get(); }

 private:
  FileDescriptor place_;      // O_PATH, of the socket whose name is gone
  FileDescriptor listening_;  // filled together with that
  FileDescriptor stop_;       // an eventfd
  std::thread thread_;
};

// The conversation alone, for tests: answers what comes on `socket` until that
// ends or `stop` can be read (-1: never).
void ServeVfioUser(int socket, int stop, PciFunction& device);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_VFIO_USER_H_
