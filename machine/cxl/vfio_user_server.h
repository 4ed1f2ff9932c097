// SPDX-License-Identifier: GPL-2.0-only
//
// A socket for QEMU's device vfio-user-pci, and who answers there:
//
//   VfioUserServer server(device);     // listens
//   ... -device vfio-user-pci with server.path() ...
//
// A thread of its own answers one client until that goes away or the server
// does. The device is only touched by that thread, one message after the other,
// so that what it does depends on what the guest does and on nothing else.

#ifndef DAXMEND_MACHINE_CXL_VFIO_USER_SERVER_H_
#define DAXMEND_MACHINE_CXL_VFIO_USER_SERVER_H_

#include <string>
#include <thread>

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

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_VFIO_USER_SERVER_H_
