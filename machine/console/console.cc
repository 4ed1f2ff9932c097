// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/console.h"

#include <unistd.h>

#include <cstdio>

#include "core/printable.h"

namespace daxmend {
namespace {

constexpr size_t kTailLines = 24;
// As image/init.sh writes them.
constexpr std::string_view kInitMark = "daxmend-init: ";
constexpr std::string_view kFailureMark = "failed: ";
constexpr std::string_view kPanicMark = "Kernel panic";

}  // namespace

Console::Console(bool show, std::function<void(const std::string&)> stage)
    : show_(show), stage_(std::move(stage)) {}

void Console::Take(std::string_view bytes) {
  for (char c : bytes) {
    if (c == '\n')
      EndLine();
    else if (c != '\r' && c != '\0')
      line_ += c;
  }
}

void Console::EndLine() {
  const size_t init = line_.find(kInitMark);
  if (init != std::string::npos) {
    const size_t failure = line_.find(kFailureMark, init);
    if (failure != std::string::npos)
      failure_ = line_.substr(failure + kFailureMark.size());
    const size_t time_end = line_.find("] ", init);
    if (time_end != std::string::npos) stage_(line_.substr(time_end + 2));
  }
  if (panic_.empty()) {
    const size_t panic = line_.find(kPanicMark);
    if (panic != std::string::npos) panic_ = line_.substr(panic);
  }
  // A terminal may be raw.
  if (show_)
    std::fprintf(stderr, "%s%s\n", PrintableLines(line_).c_str(),
                 isatty(STDERR_FILENO) ? "\r" : "");
  lines_.push_back(std::move(line_));
  if (lines_.size() > kTailLines) lines_.pop_front();
  line_.clear();
}

void Console::ShowTail() const {
  if (show_) return;
  for (const std::string& line : lines_)
    std::fprintf(stderr, "guest: %s\n", PrintableLines(line).c_str());
  if (!line_.empty())
    std::fprintf(stderr, "guest: %s\n", PrintableLines(line_).c_str());
}

std::string Console::Cause() const {
  if (!failure_.empty()) return "gave up (" + failure_ + ")";
  if (!panic_.empty()) return "panicked (" + panic_ + ")";
  return "ended before COMMAND did (did COMMAND reboot it or power it off? see "
         "--boots)";
}

}  // namespace daxmend
