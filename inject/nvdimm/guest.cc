// SPDX-License-Identifier: GPL-2.0-only

#include "inject/nvdimm/guest.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
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
#include "inject/nvdimm/qemu_file.h"

namespace daxmend {
namespace {

// What the guest can hand over at most.
constexpr off_t kDiskBytes = off_t{1} << 30;

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
  explicit Qemu(pid_t pid) : pid_(pid) {}
  ~Qemu() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    Wait(pid_);
  }
  Qemu(const Qemu&) = delete;
  Qemu& operator=(const Qemu&) = delete;

  int WaitForEnd() { return Wait(std::exchange(pid_, -1)); }

 private:
  pid_t pid_;
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

// Passes on what the guest says until there is no more of it, or time or a
// signal ends that.
Ending PassOn(const StopSignals& signals, const QemuPipe& console_pipe,
              const QemuPipe& output, const QemuPipe& errors, unsigned timeout,
              Console& console) {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + std::chrono::seconds(timeout);
  pollfd fds[] = {{console_pipe.read_fd(), POLLIN, 0},
                  {output.read_fd(), POLLIN, 0},
                  {errors.read_fd(), POLLIN, 0},
                  {signals.fd(), POLLIN, 0}};
  auto open = [&] {
    return fds[0].fd >= 0 || fds[1].fd >= 0 || fds[2].fd >= 0;
  };
  const std::function<void(std::string_view)> to[] = {
      [&](std::string_view bytes) { console.Take(bytes); },
      [](std::string_view bytes) { WriteAll(STDOUT_FILENO, bytes, "stdout"); },
      [](std::string_view bytes) { WriteAll(STDERR_FILENO, bytes, "stderr"); }};
  char buffer[65536];
  while (open()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - steady_clock::now());
    if (left.count() <= 0) return {.timeout = true};
    if (poll(fds, std::size(fds), static_cast<int>(left.count())) < 0) continue;
    if (fds[3].revents) return {.signal = signals.Take()};
    for (size_t i = 0; i < std::size(to); ++i) {
      if (!fds[i].revents) continue;
      const ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
      if (n > 0)
        to[i](std::string_view(buffer, static_cast<size_t>(n)));
      else
        fds[i].fd = -1;
    }
  }
  return {};
}

}  // namespace

int RunGuest(const GuestRequest& request) {
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
  QemuPipe console_pipe;
  QemuPipe output;
  QemuPipe errors;
  machine.nfit = nfit.path();
  machine.ssdt = ssdt.path();
  machine.kernel = request.image.kernel;
  machine.initrd = initrd.path();
  machine.initrd_bytes = initrd.size();
  machine.disk = disk.path();
  machine.console = console_pipe.path();
  machine.output = output.path();
  machine.errors = errors.path();
  std::vector<std::string> command = QemuArguments(machine);
  command.insert(command.begin(), request.qemu);

  Console console(request.console);
  const StopSignals signals;
  Qemu qemu(
      Start(command, {.errors = console_pipe.write_fd(),
                      .inherited = {nfit.fd(), ssdt.fd(), initrd.fd(),
                                    disk.fd(), console_pipe.write_fd(),
                                    output.write_fd(), errors.write_fd()}}));
  for (QemuPipe* pipe : {&console_pipe, &output, &errors})
    pipe->CloseWriteEnd();
  const Ending ending =
      PassOn(signals, console_pipe, output, errors, request.timeout, console);
  if (ending.signal) return 128 + ending.signal;
  if (ending.timeout) {
    console.ShowTail();
    throw Error("the guest had not ended after " +
                std::to_string(request.timeout) +
                " s: its console is above; allow more with --timeout");
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
