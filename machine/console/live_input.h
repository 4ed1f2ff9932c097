// SPDX-License-Identifier: GPL-2.0-only
//
// What reaches the guest while it runs, and how: a stream for COMMAND's
// standard input, or the terminal of a shell.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_LIVE_INPUT_H_
#define DAXMEND_MACHINE_CONSOLE_LIVE_INPUT_H_

#include <poll.h>

#include <string>
#include <vector>

#include "machine/console/input_stream.h"
#include "machine/machine.h"
#include "system/process.h"

namespace daxmend {

class LiveInput {
 public:
  virtual ~LiveInput() = default;

  // Assignments for image/init.sh.
  virtual std::string Parameters() const = 0;
  // Gives the machine, and the QEMU that becomes it, what this needs.
  virtual void Equip(Machine& machine, ProcessStart& qemu) = 0;
  // QEMU has started: it has copies of what it was given.
  virtual void Started() = 0;

  // When there is something to do.
  virtual std::vector<pollfd> WaitFor() const = 0;
  // Does what can be done without waiting. Throws Error.
  virtual void Work() = 0;

  // COMMAND has started, or the guest boots again.
  virtual void CommandRuns(bool) {}
  // Whether `signal` was for this and does not end the run.
  virtual bool Takes(int /*signal*/) { return false; }
  // Whether the user has asked for the guest's end.
  virtual bool gave_up() const { return false; }
};

// COMMAND's standard input, as it comes on a descriptor.
class StreamedInput : public LiveInput {
 public:
  explicit StreamedInput(int source) : stream_(source, control_) {}

  std::string Parameters() const override { return "input=/run/input\n"; }
  void Equip(Machine& machine, ProcessStart& qemu) override;
  void Started() override { control_.CloseGuestEnd(); }
  std::vector<pollfd> WaitFor() const override;
  void Work() override;

 private:
  ControlLine control_;
  InputStream stream_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_LIVE_INPUT_H_
