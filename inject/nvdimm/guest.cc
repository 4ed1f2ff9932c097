// SPDX-License-Identifier: GPL-2.0-only

#include "inject/nvdimm/guest.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"
#include "core/process.h"
#include "inject/nvdimm/acpi_table.h"
#include "inject/nvdimm/console.h"
#include "inject/nvdimm/guest_archive.h"
#include "inject/nvdimm/handover.h"
#include "inject/nvdimm/host_tsc.h"
#include "inject/nvdimm/qemu_file.h"
#include "inject/nvdimm/run_time.h"

namespace daxmend {
namespace {

// What the guest can hand over at most.
constexpr off_t kDiskBytes = off_t{1} << 30;
constexpr int kPassOnEveryMs = 20;

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

// QEMU, killed when it is no longer wanted.
class Qemu {
 public:
  explicit Qemu(pid_t pid)
      : pid_(pid), end_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {
    if (end_) return;
    const int error = errno;
    Kill();
    throw ErrnoError("watch QEMU", error);
  }
  ~Qemu() { Kill(); }
  Qemu(const Qemu&) = delete;
  Qemu& operator=(const Qemu&) = delete;

  pid_t pid() const { return pid_; }
  // Can be read when QEMU has ended.
  int end_fd() const { return end_.get(); }
  int WaitForEnd() { return Wait(std::exchange(pid_, -1)); }

 private:
  void Kill() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    Wait(pid_);
  }
  pid_t pid_;
  FileDescriptor end_;
};

std::string RunArchive(const GuestRequest& request) {
  GuestArchive archive;
  archive.AddDirectory("daxmend");
  char parameters[200];
  std::snprintf(parameters, sizeof parameters,
                "nvdimm=%s\nfilesystem=%s\nboots=%u\ncounter=0x%llx\n",
                std::string(Name(request.nvdimm.bus)).c_str(),
                request.filesystem.c_str(), request.boots,
                static_cast<unsigned long long>(
                    PlaceErrorTable(request.nvdimm).boot_counter));
  archive.AddFile("daxmend/parameters", parameters, 0644);
  archive.AddFile("daxmend/command", CommandScript(request.command), 0755);
  archive.AddDirectory("add");
  for (const std::string& file : request.add) archive.AddFromHost(file, "add");
  return std::move(archive).Finish();
}

void FillInitrd(const GuestRequest& request, MemoryFile& initrd) {
  for (const std::string& archive : request.image.archives) {
    std::string bytes = ReadFile(archive);
    // The kernel looks for the next archive on a multiple of four bytes.
    bytes.resize((bytes.size() + 3) / 4 * 4);
    initrd.Append(bytes);
  }
  initrd.Append(RunArchive(request));
}

// Why passing on ended.
struct Ending {
  bool timeout = false;
  int signal = 0;
};

// What the guest says, and where it goes.
class GuestOutput {
 public:
  explicit GuestOutput(bool show_console) : console_(show_console) {}

  void PassOn() {
    console_file_.Take([&](std::string_view bytes) { console_.Take(bytes); });
    output_.Take([](std::string_view bytes) {
      WriteAll(STDOUT_FILENO, bytes, "stdout");
    });
    errors_.Take([](std::string_view bytes) {
      WriteAll(STDERR_FILENO, bytes, "stderr");
    });
  }

  // Also QEMU's own stderr.
  const QemuOutput& console_file() const { return console_file_; }
  const QemuOutput& output() const { return output_; }
  const QemuOutput& errors() const { return errors_; }
  const Console& console() const { return console_; }

 private:
  QemuOutput console_file_{"the guest's console"};
  QemuOutput output_{"COMMAND's output"};
  QemuOutput errors_{"COMMAND's errors"};
  Console console_;
};

// Passes on what the guest says until it ends, or time or a signal ends that.
Ending PassOn(const StopSignals& signals, const Qemu& qemu, unsigned timeout,
              GuestOutput& output) {
  const RunTime time(qemu.pid());
  pollfd fds[] = {{qemu.end_fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
  for (;;) {
    poll(fds, std::size(fds), kPassOnEveryMs);
    if (fds[1].revents) return {.signal = signals.Take()};
    output.PassOn();
    if (fds[0].revents) break;
    if (time.seconds() >= timeout) return {.timeout = true};
  }
  // What came between the last look and the end.
  output.PassOn();
  return {};
}

}  // namespace

int RunGuest(const GuestRequest& request) {
  const HostTsc tsc;
  Machine machine;
  machine.nvdimm = request.nvdimm;
  machine.clock = request.clock;
  machine.cpu = request.cpu;
  machine.cpus = request.cpus;
  machine.reboots = request.boots > 1;
  if (request.clock == Clock::kWall) machine.accelerator = FindAccelerator();
  machine.qemu_version = QemuVersion(request.qemu);

  MemoryFile nfit("the NFIT");
  nfit.Append(FillNfit(ReadFile(request.image.nfit), request.nvdimm));
  MemoryFile ssdt("the SSDT");
  ssdt.Append(FillSsdt(ReadFile(request.image.ssdt), request.nvdimm));
  MemoryFile initrd("the initial file system");
  FillInitrd(request, initrd);
  MemoryFile disk("the guest's disk");
  disk.Resize(kDiskBytes);
  machine.host_tsc_khz = tsc.Khz();
  GuestOutput output(request.console);
  machine.nfit = nfit.path();
  machine.ssdt = ssdt.path();
  machine.kernel = request.image.kernel;
  machine.initrd = initrd.path();
  machine.initrd_bytes = initrd.size();
  machine.disk = disk.path();
  machine.console = output.console_file().path();
  machine.output = output.output().path();
  machine.errors = output.errors().path();
  std::vector<std::string> command = QemuArguments(machine);
  command.insert(command.begin(), request.qemu);

  const StopSignals signals;
  Qemu qemu(Start(
      command, {.errors = output.console_file().fd(),
                .inherited = {nfit.fd(), ssdt.fd(), initrd.fd(), disk.fd(),
                              output.console_file().fd(), output.output().fd(),
                              output.errors().fd()}}));
  const Console& console = output.console();
  const Ending ending = PassOn(signals, qemu, request.timeout, output);
  if (ending.signal) return 128 + ending.signal;
  if (ending.timeout) {
    console.ShowTail();
    throw Error("the guest had not ended after " +
                std::to_string(request.timeout) +
                " s of running time: its console is above; allow more with "
                "--timeout");
  }
  const int qemu_status = qemu.WaitForEnd();
  if (qemu_status != 0) {
    console.ShowTail();
    throw Error(request.qemu + " ended with status " +
                std::to_string(qemu_status) + ": what it said is above");
  }
  const std::optional<int> status = HandedOverStatus(disk.fd());
  if (!status) {
    console.ShowTail();
    throw Error(console.Cause() + ": its console is above");
  }
  if (!request.out.empty()) UnpackHandedOver(disk.fd(), request.out);
  return *status;
}

}  // namespace daxmend
