// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_run.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "core/printable.h"
#include "records/earlier_results.h"
#include "records/environment.h"
#include "results/run/fio_output.h"
#include "results/standard_output.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"
#include "system/process.h"

namespace daxmend {
namespace {

void Note(const std::string& text) {
  std::fprintf(stderr, "daxmend run: %s\n", Printable(text).c_str());
}

// The signals that are passed on, and the child's end.
sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
    sigaddset(&signals, signal);
  return signals;
}

// Blocks the watched signals while it lives: they are taken by sigtimedwait().
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t watched = WatchedSignals();
    sigprocmask(SIG_BLOCK, &watched, &before_);
  }
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Passes signals on until the child has ended, `hangup` for SIGHUP; its wait
// status.
int WaitFor(pid_t pid, int hangup) {
  const sigset_t watched = WatchedSignals();
  for (;;) {
    int status;
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) throw ErrnoError("wait for fio", errno);
    // SIGCHLD ends the wait. Should it ever be lost, a second does.
    const timespec second = {1, 0};
    siginfo_t info;
    const int signal = sigtimedwait(&watched, &info, &second);
    // What the terminal sends (Ctrl-C) has reached fio as well, and a second
    // one would only make it print its farewell twice.
    if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL)
      kill(pid, signal == SIGHUP ? hangup : signal);
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
  return capture ? ReadFile(fmt::format("/proc/self/fd/{}", capture.get()))
                 : "";
}

// Tells a file from the one that replaces it.
struct Stamp {
  ino_t inode = 0;
  timespec changed = {0, 0};

  explicit Stamp(const std::string& path) {
    struct stat st;
    if (stat(path.c_str(), &st) != 0) return;
    inode = st.st_ino;
    changed = st.st_ctim;
  }
  bool operator==(const Stamp& other) const {
    return inode == other.inode && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
  }
};

// Why nothing more can be written to `directory`, or nothing.
std::string WhyFull(const std::string& directory) {
  std::string probe;
  try {
    probe = MakeScratchFile(directory + "/probe");
    ReplaceFile(probe, std::string(4096, 'x'));
    unlink(probe.c_str());
    return "";
  } catch (const Error& e) {
    if (!probe.empty()) unlink(probe.c_str());
    return std::generic_category().message(e.code());
  }
}

// A rename, not a copy: it works on a full disk as well.
void KeepRaw(const std::string& output, const std::string& raw) {
  if (rename(output.c_str(), raw.c_str()) != 0)
    throw ErrnoError("write " + raw, errno);
}

// Makes fio.json of the output, which has it. Throws Error when that cannot be;
// all that fio wrote is in fio.txt then.
void StoreJson(const FioOutput& split, const std::string& output,
               const std::string& directory) {
  const std::string json = directory + "/fio.json";
  const std::string raw = directory + "/fio.txt";
  try {
    ReplaceFile(json, split.json);
  } catch (const Error& e) {
    SetAside(json);
    KeepRaw(output, raw);
    throw Error(std::string(e.what()) + "; all that fio wrote is in " + raw);
  }
  if (split.flaw.empty()) {
    unlink(output.c_str());
    unlink(raw.c_str());  // of an earlier run
    return;
  }
  KeepRaw(output, raw);
  Note("fio's JSON was not valid: it has " + split.flaw +
       " from the job's name or options; " + json + " has them escaped, " +
       raw + " as fio wrote them");
}

// Jobs want a DAX file system. Without one there is an emulated NVDIMM.
std::string WayOut(const std::string& text) {
  constexpr std::string_view kVm =
      ", or run this on an emulated NVDIMM: daxmend vm -- daxmend run JOBFILE";
  // As fio 3.33 refuses directory= (options.c, str_directory_cb).
  constexpr std::string_view kBegin = "fio: ", kEnd = " is not a directory\n";
  if (const size_t end = text.find(kEnd); end != text.npos) {
    const size_t begin = text.rfind(kBegin, end);
    const size_t line = text.rfind('\n', end);
    if (begin != text.npos && (line == text.npos || line < begin))
      return ": there is no directory " +
             text.substr(begin + kBegin.size(), end - begin - kBegin.size()) +
             "; mount a DAX file system there" + std::string(kVm);
  }
  if (text.find(" is not a DAX file") != text.npos)
    return ": there is no DAX file system; mount one" + std::string(kVm);
  return "";
}

// Of output without whole JSON. Says what is wrong and how much is kept; empty
// when fio had nothing to run.
std::string StoreRest(const FioOutput& split, const std::string& output,
                      const std::string& directory, bool failed) {
  const std::string raw = directory + "/fio.txt";
  std::string problem;
  if (const std::string full = WhyFull(directory); !full.empty())
    problem = "fio's results could not be written to " + directory + ": " +
              full + ": make room, or name another directory with --out";
  else if (HasPartOfFioJson(split.normal))
    problem = "fio's JSON is cut off, or other text is in it";
  else if (failed)
    problem = "fio ended without any results" + WayOut(split.normal);
  if (!problem.empty()) SetAside(directory + "/fio.json");
  if (problem.empty() || split.normal.empty()) {
    unlink(output.c_str());
    return problem;
  }
  KeepRaw(output, raw);
  return problem + "; all that fio wrote is in " + raw;
}

// The name of an option, of which fio takes the long ones with one dash or two,
// and shortened (getopt_long_only). "" for what is none.
std::string OptionName(const std::string& argument) {
  if (!argument.starts_with("-")) return "";
  const size_t begin = argument.starts_with("--") ? 2 : 1;
  return argument.substr(begin, argument.find('=') - begin);
}

// In virtual time fio's units mean something else.
std::string ClockWarning() {
  if (DescribeEnvironment().clock != Clock::kVirtual) return "";
  return "The clock is virtual: in fio's text a nanosecond is one guest "
         "instruction, and rates are per 10^9 instructions.\n";
}

}  // namespace

void CheckFioArguments(const std::vector<std::string>& arguments,
                       const std::string& subcommand) {
  if (arguments.empty())
    throw Error(
        {.thing = "JOBFILE",
         .cause = "is missing",
         .way_out = fmt::format("run daxmend {} {}JOBFILE...", subcommand,
                                subcommand == "run" ? "" : "-- ")});
  for (const std::string& argument : arguments) {
    const std::string name = OptionName(argument);
    if (name.starts_with("outp") || name == "minimal" || name == "append-terse")
      throw Error({.thing = argument,
                   .cause = "is set by daxmend " + subcommand,
                   .way_out = "leave it out (--out DIR says where the results "
                              "go), or run fio yourself"});
  }
}

void RequireNoClient(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments)
    // Shorter, it could be clat_percentiles=, too.
    if (const std::string name = OptionName(argument);
        name.size() >= 3 && std::string_view("client").starts_with(name))
      throw Error({.thing = argument,
                   .cause = "comes behind what is fio's",
                   .way_out = "put it first: daxmend run --client=HOST... "
                              "JOBFILE..."});
}

void RequireFio() {
  if (FindInPath("fio").empty())
    throw Error({.thing = "fio",
                 .cause = "is not in PATH",
                 .way_out = "install it (apt install fio)"});
}

void MakeDirectory(const std::string& directory) {
  std::error_code made, ignored;
  std::filesystem::create_directories(directory, made);
  if (!std::filesystem::is_directory(directory, ignored))
    throw Error(
        {.thing = directory,
         .cause = made ? fmt::format("cannot be created ({})", made.message())
                       : "is not a directory",
         .way_out = "name another with --out"});
}

int RunFio(const std::string& directory,
           const std::vector<std::string>& arguments, const Origin& origin,
           const FioPlace& place) {
  CheckFioArguments(arguments, "run");
  MakeDirectory(directory);
  RequireFio();
  const std::string record = directory + "/run.json";
  // Told from a run.json of this run afterwards: a run that left none must not
  // be reported with the one before it.
  const Stamp before(record);
  const std::string output = MakeScratchFile(directory + "/fio.txt");
  std::vector<std::string> words = {
      "fio", "--output-format=normal,json+",
      "--output=" + std::filesystem::absolute(output).string()};
  words.insert(words.end(), arguments.begin(), arguments.end());

  int status;
  FioOutput split;
  FileDescriptor capture;
  try {
    SignalsBlocked blocked;
    // What was printed so far comes before anything fio prints.
    std::fflush(stdout);
    capture = MakeCapture();
    status =
        WaitFor(Start(words, {.input = STDIN_FILENO,
                              .output = capture ? capture.get() : STDOUT_FILENO,
                              .errors = STDERR_FILENO,
                              .own_group = false,
                              .death_signal = SIGTERM,
                              .directory = place.directory}),
                place.hangup);
    split = SplitFioOutput(ReadFile(output));
  } catch (...) {
    unlink(output.c_str());
    throw;
  }

  const int exit_status =
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (WIFSIGNALED(status))
    Note(fmt::format("fio was ended by signal {} ({})", WTERMSIG(status),
                     strsignal(WTERMSIG(status))));
  const bool has_json = !split.json.empty();
  std::string problem;
  if (has_json) {
    try {
      StoreJson(split, output, directory);
      ReplaceFile(directory + "/origin.json", ToJson(origin));
    } catch (const Error& e) {
      problem = e.what();
    }
  } else {
    problem = StoreRest(split, output, directory, exit_status != 0);
  }
  // After the results are stored, so that what is set aside is of an earlier
  // run.
  if ((has_json || !problem.empty()) && Stamp(record) == before) {
    SetAside(record);
    for (const char* name :
         {"/report.html", "/profile.json", "/profile.folded"})
      SetAside(directory + name);
  }
  if (has_json) PrintOut(ClockWarning());
  // Where fio failed early, all it wrote are errors, which were on stderr, too.
  const bool told = !has_json && exit_status != 0;
  PrintOut((told ? "" : split.normal) + ReadCapture(capture));
  if (exit_status == 0 && !problem.empty()) throw Error(problem);
  if (!problem.empty()) Note(problem);
  return exit_status;
}

}  // namespace daxmend
