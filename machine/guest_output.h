// SPDX-License-Identifier: GPL-2.0-only
//
// What a guest says, and where it goes: COMMAND's output to ours, the console
// to those who watch it (console.h, boot_progress.h).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_GUEST_OUTPUT_H_
#define DAXMEND_MACHINE_GUEST_OUTPUT_H_

#include <string>

#include "machine/console/boot_progress.h"
#include "machine/console/console.h"
#include "machine/qemu_file.h"

namespace daxmend {

// What of it is shown on stderr beside COMMAND's.
struct GuestTalk {
  bool console = false;   // all of the console
  bool progress = false;  // how far the boot is
  std::string hint;       // with the last of that, where it is not empty
};

class GuestOutput {
 public:
  explicit GuestOutput(GuestTalk talk);
  GuestOutput(const GuestOutput&) = delete;
  GuestOutput& operator=(const GuestOutput&) = delete;

  // Passes on what has come. Throws Error.
  void PassOn();

  // Also QEMU's own stderr.
  const QemuOutput& console_file() const { return console_file_; }
  const QemuOutput& output() const { return output_; }
  const QemuOutput& errors() const { return errors_; }
  const Console& console() const { return console_; }
  BootProgress& progress() { return progress_; }

 private:
  QemuOutput console_file_{"the guest's console"};
  QemuOutput output_{"COMMAND's output"};
  QemuOutput errors_{"COMMAND's errors"};
  BootProgress progress_;
  Console console_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_GUEST_OUTPUT_H_
