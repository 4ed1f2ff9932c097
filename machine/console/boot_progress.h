// SPDX-License-Identifier: GPL-2.0-only
//
// Says how far a guest's boot is: at once to a terminal, and elsewhere when the
// boot takes longer than two seconds, so that what boots fast says nothing.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_BOOT_PROGRESS_H_
#define DAXMEND_MACHINE_CONSOLE_BOOT_PROGRESS_H_

#include <functional>
#include <string>
#include <vector>

namespace daxmend {

class BootProgress {
 public:
  BootProgress(bool at_once, std::function<void(const std::string&)> say)
      : at_once_(at_once), say_(std::move(say)) {}

  // The boot is at `stage`: a line of image/init.sh without its beginning.
  // Nothing is said of what comes after COMMAND's start, until the guest boots
  // again.
  void Reached(const std::string& stage);

  // That many seconds after the start.
  void Passed(double seconds);

  // Whether COMMAND has started in the boot that the guest is in.
  bool command_started() const { return command_started_; }

 private:
  void SayAll();

  bool at_once_;
  bool command_started_ = false;
  std::function<void(const std::string&)> say_;
  std::vector<std::string> unsaid_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_BOOT_PROGRESS_H_
