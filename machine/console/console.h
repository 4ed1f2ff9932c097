// SPDX-License-Identifier: GPL-2.0-only
//
// What the guest's kernel and init script say while they work. Nobody wants to
// read it unless something goes wrong, so the end of it is kept. Firmware and
// kernels print escape sequences; what reaches stderr has none (printable.h).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CONSOLE_CONSOLE_H_
#define DAXMEND_MACHINE_CONSOLE_CONSOLE_H_

#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace daxmend {

class Console {
 public:
  // With `show`, every line goes to stderr as it comes. `stage` is called with
  // the init script's own lines, which say how far the guest is, without their
  // mark and time.
  explicit Console(
      bool show, std::function<void(const std::string&)> stage =
                     [](const std::string&) {});

  void Take(std::string_view bytes);

  // Prints the last lines on stderr, unless they were shown already.
  void ShowTail() const;

  // Why COMMAND's exit status never came, as far as the lines tell, going on
  // from "the guest".
  std::string Cause() const;

 private:
  void EndLine();

  bool show_;
  std::function<void(const std::string&)> stage_;
  std::string line_;
  std::deque<std::string> lines_;  // the last kTailLines
  std::string panic_;              // the first line that tells of a panic
  std::string failure_;            // the init script's last word
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_CONSOLE_H_
