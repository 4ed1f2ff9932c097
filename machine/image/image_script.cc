// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/image_script.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/process.h"

namespace daxmend {
namespace {

// Says every line but the last one, which it keeps.
class LinesButTheLast {
 public:
  explicit LinesButTheLast(const std::function<void(const std::string&)>& say)
      : say_(say) {}

  void Take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      EndLine();
    }
  }

  // The last line, taken away.
  std::string Last() {
    EndLine();
    return last_.value_or("");
  }

 private:
  void EndLine() {
    if (line_.empty()) return;
    if (last_) say_(*last_);
    last_ = std::move(line_);
    line_.clear();
  }

  const std::function<void(const std::string&)>& say_;
  std::string line_;
  std::optional<std::string> last_;
};

}  // namespace

void RunImageScript(std::vector<std::string> arguments, const std::string& what,
                    const std::function<void(const std::string&)>& say) {
  arguments.insert(arguments.begin(), "sh");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw ErrnoError("make a pipe", errno);
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const pid_t script =
      Start(arguments, {.output = to.get(), .errors = to.get()});
  to = FileDescriptor();
  LinesButTheLast lines(say);
  char buffer[4096];
  for (;;) {
    const ssize_t n = read(from.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    lines.Take({buffer, static_cast<size_t>(n)});
  }
  const int status = Wait(script);
  const std::string last = lines.Last();
  if (status == 0) {
    if (!last.empty()) say(last);
    return;
  }
  throw Error({.thing = what,
               .cause = "could not be made: " +
                        (last.empty() ? fmt::format("{} ended with status {}",
                                                    arguments[1], status)
                                      : last)});
}

}  // namespace daxmend
