// SPDX-License-Identifier: GPL-2.0-only

#include "inject/nvdimm/guest.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"
#include "inject/nvdimm/acpi_table.h"
#include "inject/nvdimm/console.h"
#include "inject/nvdimm/guest_archive.h"
#include "inject/nvdimm/handover.h"
#include "inject/nvdimm/process.h"

namespace daxmend {
namespace {

// Sparse: only what the guest writes to it takes memory.
constexpr off_t kDiskBytes = off_t{1} << 30;

void WriteAll(int fd, std::string_view bytes, const char* what) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw ErrnoError(std::string("write ") + what, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

// A file without a name, for QEMU to open by `path()`.
class AnonymousFile {
 public:
  explicit AnonymousFile(const char* what)
      : fd_(memfd_create(what, MFD_CLOEXEC)), what_(what) {
    if (!fd_) throw ErrnoError(std::string("make memory for ") + what, errno);
  }
  void Append(std::string_view bytes) {
    WriteAll(fd_.get(), bytes, what_);
    size_ += bytes.size();
  }
  uint64_t size() const { return size_; }
  void Resize(off_t bytes) {
    if (ftruncate(fd_.get(), bytes))
      throw ErrnoError(std::string("make memory for ") + what_, errno);
  }
  int fd() const { return fd_.get(); }
  std::string path() const {
    return "/proc/self/fd/" + std::to_string(fd_.get());
  }

 private:
  FileDescriptor fd_;
  const char* what_;
  uint64_t size_ = 0;
};

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) throw ErrnoError("make a pipe", errno);
    read = FileDescriptor(ends[0]);
    write = FileDescriptor(ends[1]);
  }
  std::string path() const {
    return "/proc/self/fd/" + std::to_string(write.get());
  }
};

// The signals that end a run, as a file descriptor.
class StopSignals {
 public:
  StopSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = FileDescriptor(signalfd(-1, &set, SFD_CLOEXEC));
    if (!fd_) throw ErrnoError("listen for signals", errno);
  }
  ~StopSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int fd() const { return fd_.get(); }
  int Take() const {
    signalfd_siginfo info;
    return read(fd_.get(), &info, sizeof info) == sizeof info
               ? static_cast<int>(info.ssi_signo)
               : SIGTERM;
  }

 private:
  sigset_t before_;
  FileDescriptor fd_;
};

std::string RunArchive(const GuestRequest& request) {
  GuestArchive archive;
  archive.AddDirectory("daxmend");
  char parameters[160];
  std::snprintf(parameters, sizeof parameters,
                "filesystem=%s\nboots=%u\ncounter=0x%llx\n",
                request.filesystem.c_str(), request.boots,
                static_cast<unsigned long long>(
                    PlaceErrorTable(request.nvdimm).boot_counter));
  archive.AddFile("daxmend/parameters", parameters, 0644);
  archive.AddFile("daxmend/command", CommandScript(request.command), 0755);
  archive.AddDirectory("add");
  for (const std::string& file : request.add) archive.AddFromHost(file, "add");
  return std::move(archive).Finish();
}

void FillInitrd(const GuestRequest& request, AnonymousFile& initrd) {
  for (const std::string& archive : request.image.archives) {
    std::string bytes = ReadFile(archive);
    // The kernel looks for the next archive on a multiple of four bytes.
    bytes.resize((bytes.size() + 3) / 4 * 4);
    initrd.Append(bytes);
  }
  initrd.Append(RunArchive(request));
}

enum class Ending { kExit, kTimeout, kSignal };

struct Run {
  Ending ending = Ending::kExit;
  int signal = 0;
  int qemu_status = 0;
};

// Passes on what the guest says until QEMU has ended or has to.
Run Attend(pid_t qemu, const StopSignals& signals, int console_fd,
           int output_fd, int errors_fd, unsigned timeout, Console& console) {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + std::chrono::seconds(timeout);
  pollfd fds[] = {{signals.fd(), POLLIN, 0},
                  {console_fd, POLLIN, 0},
                  {output_fd, POLLIN, 0},
                  {errors_fd, POLLIN, 0}};
  Run run;
  char buffer[65536];
  while (fds[1].fd >= 0 || fds[2].fd >= 0 || fds[3].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - steady_clock::now());
    if (left.count() <= 0) run.ending = Ending::kTimeout;
    if (run.ending != Ending::kExit) break;
    if (poll(fds, std::size(fds), static_cast<int>(left.count())) < 0) continue;
    if (fds[0].revents) {
      run.ending = Ending::kSignal;
      run.signal = signals.Take();
      break;
    }
    for (pollfd& from :
         {std::ref(fds[1]), std::ref(fds[2]), std::ref(fds[3])}) {
      if (!from.revents) continue;
      const ssize_t n = read(from.fd, buffer, sizeof buffer);
      if (n <= 0) {
        from.fd = -1;
        continue;
      }
      const std::string_view bytes(buffer, static_cast<size_t>(n));
      if (from.fd == console_fd)
        console.Take(bytes);
      else
        WriteAll(from.fd == output_fd ? STDOUT_FILENO : STDERR_FILENO, bytes,
                 "the command's output");
    }
  }
  if (run.ending != Ending::kExit) kill(qemu, SIGKILL);
  run.qemu_status = Wait(qemu);
  return run;
}

}  // namespace

int RunGuest(const GuestRequest& request) {
  Machine machine;
  machine.nvdimm = request.nvdimm;
  machine.clock = request.clock;
  machine.cpus = request.cpus;
  machine.reboots = request.boots > 1;
  if (request.clock == Clock::kWall) machine.accelerator = FindAccelerator();
  machine.qemu_version = QemuVersion(request.qemu);

  AnonymousFile nfit("the NFIT");
  nfit.Append(FillNfit(ReadFile(request.image.nfit), request.nvdimm));
  AnonymousFile ssdt("the SSDT");
  ssdt.Append(FillSsdt(ReadFile(request.image.ssdt), request.nvdimm));
  AnonymousFile initrd("the initial file system");
  FillInitrd(request, initrd);
  AnonymousFile disk("the guest's disk");
  disk.Resize(kDiskBytes);
  Pipe console_pipe;
  Pipe output_pipe;
  Pipe errors_pipe;
  machine.nfit = nfit.path();
  machine.ssdt = ssdt.path();
  machine.kernel = request.image.kernel;
  machine.initrd = initrd.path();
  machine.initrd_bytes = initrd.size();
  machine.disk = disk.path();
  machine.console = console_pipe.path();
  machine.output = output_pipe.path();
  machine.errors = errors_pipe.path();

  Console console(request.console);
  const StopSignals signals;
  std::vector<std::string> command = QemuArguments(machine);
  command.insert(command.begin(), request.qemu);
  const pid_t qemu = Start(
      command, {.errors = console_pipe.write.get(),
                .inherited = {nfit.fd(), ssdt.fd(), initrd.fd(), disk.fd(),
                              console_pipe.write.get(), output_pipe.write.get(),
                              errors_pipe.write.get()}});
  console_pipe.write = FileDescriptor();
  output_pipe.write = FileDescriptor();
  errors_pipe.write = FileDescriptor();
  const Run run =
      Attend(qemu, signals, console_pipe.read.get(), output_pipe.read.get(),
             errors_pipe.read.get(), request.timeout, console);
  if (run.ending == Ending::kSignal) return 128 + run.signal;
  std::optional<int> status;
  if (run.ending == Ending::kExit && run.qemu_status == 0)
    status = HandedOverStatus(disk.fd());
  if (!status) {
    console.ShowTail();
    if (run.ending == Ending::kTimeout)
      throw Error("the guest had not ended after " +
                  std::to_string(request.timeout) +
                  " s: its console is above; allow more with --timeout");
    if (run.qemu_status == 127)
      throw Error(request.qemu + " could not be executed");
    if (run.qemu_status != 0)
      throw Error(request.qemu + " ended with status " +
                  std::to_string(run.qemu_status) + ": what it said is above");
    throw Error(console.Cause() + ": its console is above");
  }
  if (!request.out.empty()) UnpackHandedOver(disk.fd(), request.out);
  return *status;
}

}  // namespace daxmend
