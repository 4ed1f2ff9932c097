// SPDX-License-Identifier: GPL-2.0-only
//
// A serial port of the guest (ttyS3) over which its init script and we exchange
// short lines.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_CONTROL_LINE_H_
#define DAXMEND_MACHINE_CONSOLE_CONTROL_LINE_H_

#include <functional>
#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

class ControlLine {
 public:
  // Throws Error.
  ControlLine();

  // For QEMU: a connected socket.
  int guest_fd() const { return guest_.get(); }
  // Closes our copy of it, once QEMU has one.
  void CloseGuestEnd() { guest_ = FileDescriptor(); }

  // Can be read when there is something to Take(); -1 when QEMU has closed it.
  int fd() const { return open_ ? host_.get() : -1; }
  // Calls `to` with every line that has come, without its end.
  void Take(const std::function<void(const std::string&)>& to);

  // Sends `line`. A guest that has ended, or that reads nothing of what has
  // filled the socket, does not get it.
  void Send(const std::string& line);

 private:
  FileDescriptor guest_;
  FileDescriptor host_;
  bool open_ = true;
  std::string line_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_CONTROL_LINE_H_
