// SPDX-License-Identifier: GPL-2.0-only

#include "results/fio_run.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

// One past the brace that closes the object which begins at `begin`, or npos.
// Braces in strings do not count.
size_t EndOfObject(std::string_view text, size_t begin) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t at = begin; at < text.size(); ++at) {
    char c = text[at];
    if (in_string) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

bool IsFioJson(std::string_view text) {
  // Without exceptions: what is not JSON is "discarded".
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  return document.is_object() && document.contains("fio version") &&
         document.contains("jobs");
}

// The signals that are passed on, and the child's end.
sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
    sigaddset(&signals, signal);
  return signals;
}

// Blocks the watched signals while it lives: they are taken by sigwaitinfo().
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t watched = WatchedSignals();
    sigprocmask(SIG_BLOCK, &watched, &before_);
  }
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

// `out` becomes fio's standard output where it is one.
pid_t SpawnFio(const std::vector<std::string>& words, const sigset_t& mask,
               const FileDescriptor& out) {
  std::vector<char*> argv;
  for (const std::string& word : words)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (out) posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  pid_t pid;
  int error =
      posix_spawnp(&pid, "fio", &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT)
    throw Error("fio is not in PATH: install it (apt install fio)");
  if (error) throw ErrnoError("run fio", error);
  return pid;
}

// Passes signals on until the child has ended; its wait status.
int WaitFor(pid_t pid) {
  const sigset_t watched = WatchedSignals();
  for (;;) {
    siginfo_t info;
    int signal = sigwaitinfo(&watched, &info);
    if (signal < 0) continue;  // EINTR, a stop and continue for example
    // What the terminal sends (Ctrl-C) has reached fio as well, and a second
    // one would only make it print its farewell twice.
    if (signal != SIGCHLD) {
      if (info.si_code != SI_KERNEL) kill(pid, signal);
      continue;
    }
    int status;
    if (waitpid(pid, &status, WNOHANG) == pid &&
        (WIFEXITED(status) || WIFSIGNALED(status)))
      return status;
  }
}

// Where fio's own standard output waits until its normal output, which comes
// before it, has been printed: memory, so that no reader is needed. On a
// terminal nothing waits, for somebody watches the progress there.
FileDescriptor MakeCapture() {
  if (isatty(STDOUT_FILENO)) return FileDescriptor();
  FileDescriptor capture(memfd_create("fio-stdout", MFD_CLOEXEC));
  if (!capture) throw ErrnoError("memfd_create", errno);
  return capture;
}

std::string ReadCapture(const FileDescriptor& capture) {
  return capture ? ReadFile("/proc/self/fd/" + std::to_string(capture.get()))
                 : "";
}

// A new empty file in `directory`, for fio to write to.
std::string MakeOutputFile(const std::string& directory) {
  const std::string path = directory + "/fio.txt." + std::to_string(getpid());
  FileDescriptor::Open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
  return path;
}

// Makes fio.json, or keeps all of `output` as fio.txt when that cannot be. What
// went wrong, or nothing.
std::string Store(const FioOutput& split, const std::string& output,
                  const std::string& directory) {
  const std::string json = directory + "/fio.json";
  const std::string raw = directory + "/fio.txt";
  std::string problem = "fio's JSON is missing or cut off (is the disk full?)";
  if (!split.json.empty()) {
    try {
      ReplaceFile(json, split.json);
      unlink(output.c_str());
      unlink(raw.c_str());
      return "";
    } catch (const Error& e) {
      problem = e.what();
    }
  }
  unlink(json.c_str());  // of an earlier run
  if (split.json.empty() && split.normal.empty()) {
    unlink(output.c_str());
    return "fio wrote no results: it ran no job, or the disk is full";
  }
  // A rename, not a copy: it works on a full disk as well.
  if (rename(output.c_str(), raw.c_str()) != 0)
    throw ErrnoError("write " + raw, errno);
  return problem + "; all that fio wrote is in " + raw;
}

}  // namespace

FioOutput SplitFioOutput(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    if (text[begin] == '{') {
      size_t end = EndOfObject(text, begin);
      if (end != std::string_view::npos &&
          IsFioJson(text.substr(begin, end - begin))) {
        FioOutput output;
        output.json = std::string(text.substr(begin, end - begin)) + "\n";
        output.normal = text.substr(0, begin);
        if (end < text.size() && text[end] == '\n') ++end;
        output.normal += text.substr(end);
        return output;
      }
    }
    size_t newline = text.find('\n', begin);
    if (newline == std::string_view::npos) break;
    begin = newline + 1;
  }
  return {"", std::string(text)};
}

void CheckFioArguments(const std::vector<std::string>& arguments) {
  if (arguments.empty())
    throw Error("no job file or fio option was given: daxmend run JOBFILE...");
  for (const std::string& argument : arguments) {
    if (!argument.starts_with("-")) continue;
    // fio takes long options with one dash or two, and shortened
    // (getopt_long_only).
    size_t name_begin = argument.starts_with("--") ? 2 : 1;
    std::string name =
        argument.substr(name_begin, argument.find('=') - name_begin);
    if (name.starts_with("outp") || name == "minimal" || name == "append-terse")
      throw Error(argument +
                  " is for daxmend run to say: leave it out (--out DIR says "
                  "where the results go), or run fio yourself");
  }
}

int RunFio(const std::string& directory,
           const std::vector<std::string>& arguments) {
  CheckFioArguments(arguments);
  std::error_code made;
  std::filesystem::create_directories(directory, made);
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored))
    throw Error(directory + " cannot be made a directory: " +
                (made ? made.message() : "it is something else") +
                "; name another with --out");
  const std::string output = MakeOutputFile(directory);
  std::vector<std::string> words = {"fio", "--output-format=normal,json+",
                                    "--output=" + output};
  words.insert(words.end(), arguments.begin(), arguments.end());

  int status;
  FioOutput split;
  FileDescriptor capture;
  try {
    SignalsBlocked blocked;
    // What was printed so far comes before anything fio prints.
    std::fflush(stdout);
    capture = MakeCapture();
    status = WaitFor(SpawnFio(words, blocked.before(), capture));
    split = SplitFioOutput(ReadFile(output));
  } catch (...) {
    unlink(output.c_str());
    throw;
  }

  const std::string problem = Store(split, output, directory);
  const int exit_status =
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (WIFSIGNALED(status))
    std::fprintf(stderr, "daxmend run: fio was ended by signal %d (%s)\n",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
  PrintOut(split.normal + ReadCapture(capture));
  if (exit_status == 0 && !problem.empty()) throw Error(problem);
  if (!problem.empty())
    std::fprintf(stderr, "daxmend run: %s\n", problem.c_str());
  return exit_status;
}

}  // namespace daxmend
