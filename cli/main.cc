// SPDX-License-Identifier: GPL-2.0-only

#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/subcommands.h"
#include "cli/usage/usage.h"
#include "core/error.h"
#include "core/printable.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

void Complain(const std::string& who, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", who.c_str(), Printable(what).c_str());
}

// Runs `action` and says what it throws.
int Guarded(const std::string& who, const std::function<int()>& action) {
  try {
    return action();
  } catch (const Error& e) {
    // Nobody reads it any more: there is nobody to tell.
    if (e.code() == EPIPE && std::ferror(stdout)) return kError;
    Complain(who, e.what());
  } catch (const std::exception& e) {
    Complain(who, e.what());
  }
  return kError;
}

// Some file systems tell only at the end that they had no room (NFS, quotas).
int CloseOutput(const std::string& who, int status) {
  const bool failed_before = std::ferror(stdout) != 0;
  errno = 0;
  int error = std::fflush(stdout) != 0 ? errno : 0;
  // Without a standard output and without anything printed, nothing is lost.
  if (std::fclose(stdout) != 0 && error == 0 && errno != EBADF) error = errno;
  if (error == 0 && !failed_before) return status;
  // What failed before was said, or lost its cause.
  if (error != EPIPE && status != kError)
    Complain(who, error ? ErrnoError("write to standard output", error).what()
                        : "standard output could not all be written");
  return kError;
}

int Run(CLI::App& root, const std::vector<Command>& commands, int argc,
        char** argv, std::string& who) {
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    PrintOut(root.help());
    return kOk;
  } catch (const CLI::CallForVersion& e) {
    PrintOut(e.what() + std::string("\n"));
    return kOk;
  } catch (const CLI::ParseError& e) {
    throw Error(UsageError(root, e, {argv + 1, argv + argc}));
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    who += " " + command.app->get_name();
    return command.run();
  }
  return kError;
}

int Main(int argc, char** argv) {
  CLI::App root;
  const std::vector<Command> commands = AddSubcommands(root);
  std::string who = "daxmend";
  const int status =
      Guarded(who, [&] { return Run(root, commands, argc, argv, who); });
  return CloseOutput(who, status);
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) { return daxmend::Main(argc, argv); }
