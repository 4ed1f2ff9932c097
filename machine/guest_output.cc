// SPDX-License-Identifier: GPL-2.0-only

#include "machine/guest_output.h"

#include <unistd.h>

#include <cstdio>

#include "core/printable.h"
#include "system/file_io.h"

namespace daxmend {

namespace {

constexpr std::string_view kLastStage = "COMMAND starts";

void Say(const std::string& text) {
  // A terminal may be raw.
  std::fprintf(stderr, "daxmend vm: %s%s\n", Printable(text).c_str(),
               isatty(STDERR_FILENO) ? "\r" : "");
}

}  // namespace

GuestOutput::GuestOutput(GuestTalk talk)
    : progress_(talk.progress && isatty(STDERR_FILENO),
                [talk](const std::string& stage) {
                  if (talk.progress) Say(stage);
                  if (stage.starts_with(kLastStage) && !talk.hint.empty())
                    Say(talk.hint);
                }),
      console_(talk.console,
               [this](const std::string& line) { progress_.Reached(line); }) {}

void GuestOutput::PassOn() {
  console_file_.Take([&](std::string_view bytes) { console_.Take(bytes); });
  output_.Take(
      [](std::string_view bytes) { WriteAll(STDOUT_FILENO, bytes, "stdout"); });
  errors_.Take(
      [](std::string_view bytes) { WriteAll(STDERR_FILENO, bytes, "stderr"); });
}

}  // namespace daxmend
