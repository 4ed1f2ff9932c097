// SPDX-License-Identifier: GPL-2.0-only
//
// Passes on to COMMAND what comes on a file descriptor while the guest runs.
//
// The bytes go through a small disk of the guest, because a serial port is slow
// and has no flow control; a serial port, `control`, says when. The guest sends
// "next" when it wants some; the host writes a part to the disk's beginning and
// sends "BYTES PAGES": its length, and how many pages of 4096 bytes to read for
// it. "0 0" is the end. image/init.sh has the guest's side. The host never
// reads ahead of what the guest asks for: who writes to a COMMAND that does not
// read is kept waiting, as by a pipe.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_INPUT_STREAM_H_
#define DAXMEND_MACHINE_CONSOLE_INPUT_STREAM_H_

#include <string>

#include "machine/console/control_line.h"
#include "machine/qemu_file.h"

namespace daxmend {

class InputStream {
 public:
  // Reads `source`, which stays the caller's. Throws Error.
  InputStream(int source, ControlLine& control);

  const MemoryFile& disk() const { return disk_; }

  // What to wait for with POLLIN; -1 while nothing of it is wanted. A terminal
  // is read in the foreground only: it would stop us otherwise.
  int source() const;

  // The guest sent `line`.
  void Take(const std::string& line);
  // source() can be read: passes a part on. Throws Error.
  void PassOn();

 private:
  int source_;
  bool wanted_ = false;
  bool ended_ = false;
  MemoryFile disk_;
  ControlLine& control_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_INPUT_STREAM_H_
