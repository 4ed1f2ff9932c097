// SPDX-License-Identifier: GPL-2.0-only

#include "inject/nvdimm/guest.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"
#include "core/printable.h"
#include "core/process.h"
#include "inject/nvdimm/acpi_table.h"
#include "inject/nvdimm/boot_progress.h"
#include "inject/nvdimm/console.h"
#include "inject/nvdimm/guest_archive.h"
#include "inject/nvdimm/handover.h"
#include "inject/nvdimm/host_tsc.h"
#include "inject/nvdimm/input_stream.h"
#include "inject/nvdimm/qemu_file.h"
#include "inject/nvdimm/run_time.h"
#include "inject/nvdimm/standard_input.h"
#include "inject/nvdimm/stop_signals.h"

namespace daxmend {
namespace {

// What the guest can hand over at most.
constexpr off_t kDiskBytes = off_t{1} << 30;
constexpr int kPassOnEveryMs = 20;

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

// How COMMAND gets its standard input.
struct Input {
  InputWay way = InputWay::kNone;
  std::string whole;  // kWhole
};

Input TakeInput(const GuestRequest& request) {
  Input input;
  input.way = ChooseInput(request.input, request.clock, request.boots);
  if (input.way != InputWay::kWhole) return input;
  input.whole = ReadInput(request.input, request.timeout, [] {
    std::fprintf(stderr,
                 "daxmend vm: waiting for the end of standard input, which "
                 "COMMAND gets before it starts (</dev/null gives it none)\n");
  });
  if (input.whole.empty()) input.way = InputWay::kNone;
  return input;
}

// What init.sh is to know, as assignments.
std::string Parameters(const GuestRequest& request, const Input& input) {
  char counter[24];
  std::snprintf(counter, sizeof counter, "0x%llx",
                static_cast<unsigned long long>(
                    PlaceErrorTable(request.nvdimm).boot_counter));
  std::string text = "nvdimm=" + std::string(Name(request.nvdimm.bus)) +
                     "\nfilesystem=" + request.filesystem +
                     "\nboots=" + std::to_string(request.boots) +
                     "\ncounter=" + counter + "\n";
  if (input.way == InputWay::kWhole) text += "input=/daxmend/input\n";
  if (input.way == InputWay::kStream) text += "input=/run/input\n";
  return text;
}

std::string RunArchive(const GuestRequest& request, const Input& input) {
  GuestArchive archive;
  archive.AddDirectory("daxmend");
  archive.AddFile("daxmend/parameters", Parameters(request, input), 0644);
  archive.AddFile("daxmend/command", CommandScript(request.command), 0755);
  archive.AddDirectory("add");
  for (const std::string& file : request.add) archive.AddFromHost(file, "add");
  if (!input.whole.empty()) archive.AddFile("daxmend/input", input.whole, 0600);
  // The kernel goes on booting when it has no memory for all of this.
  archive.AddFile("daxmend/complete", "", 0644);
  return std::move(archive).Finish();
}

void FillInitrd(const GuestRequest& request, const Input& input,
                MemoryFile& initrd) {
  for (const std::string& archive : request.image.archives) {
    std::string bytes = ReadFile(archive);
    // The kernel looks for the next archive on a multiple of four bytes.
    bytes.resize((bytes.size() + 3) / 4 * 4);
    initrd.Append(bytes);
  }
  initrd.Append(RunArchive(request, input));
}

// Why passing on ended.
struct Ending {
  bool timeout = false;
  int signal = 0;
};

// What the guest says, and where it goes.
class GuestOutput {
 public:
  explicit GuestOutput(const GuestRequest& request)
      : progress_(!request.quiet && isatty(STDERR_FILENO),
                  [quiet = request.quiet ||
                           request.console](const std::string& stage) {
                    if (!quiet)
                      std::fprintf(stderr, "daxmend vm: %s\n",
                                   Printable(stage).c_str());
                  }),
        console_(request.console,
                 [this](const std::string& line) { progress_.Reached(line); }) {
  }

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
  BootProgress& progress() { return progress_; }

 private:
  QemuOutput console_file_{"the guest's console"};
  QemuOutput output_{"COMMAND's output"};
  QemuOutput errors_{"COMMAND's errors"};
  BootProgress progress_;
  Console console_;
};

// "booting Linux 6.1.0-56-amd64 (TCG, QEMU 7.2.22)"
std::string BootingText(const GuestRequest& request, const Machine& machine) {
  return "booting Linux " +
         (request.image.version.empty() ? request.image.kernel
                                        : request.image.version) +
         (machine.accelerator == Accelerator::kKvm ? " (KVM" : " (TCG") +
         ", QEMU " + machine.qemu_version + ")";
}

// What the guest gets while it runs.
struct GuestInput {
  explicit GuestInput(int source) : stream(source, control) {}
  ControlLine control;
  InputStream stream;
};

// Passes on what the guest says, and what it gets if `input` is there, until it
// ends, or time or a signal ends that.
Ending PassOn(const StopSignals& signals, const Qemu& qemu, unsigned timeout,
              GuestInput* input, GuestOutput& output) {
  const RunTime time(qemu.pid());
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    pollfd fds[] = {{qemu.end_fd(), POLLIN, 0},
                    {signals.fd(), POLLIN, 0},
                    {input ? input->control.fd() : -1, POLLIN, 0},
                    {input ? input->stream.source() : -1, POLLIN, 0}};
    poll(fds, std::size(fds), kPassOnEveryMs);
    if (fds[1].revents) return {.signal = signals.Take()};
    output.PassOn();
    output.progress().Passed(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
            .count());
    if (fds[0].revents) break;
    if (fds[2].revents)
      input->control.Take(
          [&](const std::string& line) { input->stream.Take(line); });
    if (fds[3].revents) input->stream.PassOn();
    if (time.seconds() >= timeout) return {.timeout = true};
  }
  // What came between the last look and the end.
  output.PassOn();
  return {};
}

}  // namespace

int RunGuest(const GuestRequest& request) {
  const Input given = TakeInput(request);
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
  FillInitrd(request, given, initrd);
  MemoryFile disk("the guest's disk");
  disk.Resize(kDiskBytes);
  machine.host_tsc_khz = tsc.Khz();
  GuestOutput output(request);
  std::optional<GuestInput> input;
  if (given.way == InputWay::kStream) {
    input.emplace(request.input);
    machine.control = input->control.guest_fd();
    machine.input = input->stream.disk().path();
  }
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

  std::vector<int> inherited = {nfit.fd(),
                                ssdt.fd(),
                                initrd.fd(),
                                disk.fd(),
                                output.console_file().fd(),
                                output.output().fd(),
                                output.errors().fd()};
  if (input) {
    inherited.push_back(input->control.guest_fd());
    inherited.push_back(input->stream.disk().fd());
  }

  output.progress().Reached(BootingText(request, machine));
  const StopSignals signals;
  Qemu qemu(Start(command, {.errors = output.console_file().fd(),
                            .inherited = std::move(inherited)}));
  if (input) input->control.CloseGuestEnd();
  const Console& console = output.console();
  const Ending ending =
      PassOn(signals, qemu, request.timeout, input ? &*input : nullptr, output);
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
