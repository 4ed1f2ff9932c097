// SPDX-License-Identifier: GPL-2.0-only
//
// The host's terminal as the one of a shell in the guest. Its keys reach ttyS1
// through QEMU's standard input; what ttyS1 says comes as COMMAND's output does
// (a file, so that nothing is lost to a slow terminal); its size goes over the
// control line whenever it changes.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_TERMINAL_INPUT_H_
#define DAXMEND_MACHINE_CONSOLE_TERMINAL_INPUT_H_

#include <optional>
#include <string>
#include <vector>

#include "machine/console/live_input.h"
#include "machine/console/terminal.h"

namespace daxmend {

class TerminalInput : public LiveInput {
 public:
  // `terminal` and `output`, which QEMU appends to, stay the caller's. Throws
  // Error.
  TerminalInput(int terminal, int output);

  std::string Parameters() const override;
  void Equip(Machine& machine, ProcessStart& qemu) override;
  void Started() override;
  std::vector<pollfd> WaitFor() const override;
  void Work() override;
  // The terminal is raw while the shell runs, and nobody's but the user's
  // before: Ctrl-C then ends the boot.
  void CommandRuns(bool runs) override;
  bool Takes(int signal) override;
  bool gave_up() const override { return keyboard_->escaped(); }

 private:
  int terminal_;
  int output_;
  ControlLine control_;
  FileDescriptor keys_;        // the pipe's end that QEMU reads
  FileDescriptor keys_write_;  // the one that is written to
  std::optional<Keyboard> keyboard_;
  std::optional<RawTerminal> raw_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_TERMINAL_INPUT_H_
