// SPDX-License-Identifier: GPL-2.0-only

#include "machine/guest.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "core/error.h"
#include "machine/acpi_table.h"
#include "machine/aml_methods.h"
#include "machine/console/live_input.h"
#include "machine/console/standard_input.h"
#include "machine/console/stop_signals.h"
#include "machine/console/terminal_input.h"
#include "machine/cxl/cxl_memory.h"
#include "machine/guest_output.h"
#include "machine/handover.h"
#include "machine/host_tsc.h"
#include "machine/initial_files.h"
#include "machine/machine_check/machine_checks.h"
#include "machine/plugin_file.h"
#include "machine/qemu_file.h"
#include "machine/run_time.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"
#include "system/process.h"

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

// As the profiler takes them.
std::string MethodsFor(const std::string& ssdt) {
  std::string text = std::to_string(ssdt.size());
  for (const AmlMethod& method : AmlMethods(ssdt))
    text += fmt::format("/{}-{}-{}", method.begin, method.end, method.name);
  return text;
}

// How COMMAND gets its standard input: what it is as a whole, or what passes it
// on.
struct Input {
  std::string whole;
  std::unique_ptr<LiveInput> live;
};

Input TakeInput(const GuestRequest& request, const GuestOutput& output) {
  Input input;
  if (request.shell) {
    input.live =
        std::make_unique<TerminalInput>(request.input, output.output().fd());
    return input;
  }
  switch (ChooseInput(request.input, request.clock, request.boots)) {
    case InputWay::kNone:
      break;
    case InputWay::kWhole:
      input.whole = ReadInput(request.input, request.timeout, [] {
        std::fprintf(
            stderr,
            "daxmend vm: waiting for the end of standard input, which COMMAND "
            "gets before it starts (</dev/null gives it none)\n");
      });
      break;
    case InputWay::kStream:
      input.live = std::make_unique<StreamedInput>(request.input);
      break;
  }
  return input;
}

// Why passing on ended.
struct Ending {
  bool timeout = false;
  bool unwatched = false;  // machine checks cannot be raised any more
  bool gave_up = false;
  int signal = 0;
};

// "booting Linux 6.1.0-56-amd64 (TCG, QEMU 7.2.22)"
std::string BootingText(const GuestRequest& request, const Machine& machine) {
  return "booting Linux " +
         (request.image.version.empty() ? request.image.kernel
                                        : request.image.version) +
         (machine.accelerator == Accelerator::kKvm ? " (KVM" : " (TCG") +
         ", QEMU " + machine.qemu_version + ")";
}

// Passes on what the guest says, and what it gets, until it ends, or time, a
// signal or the user ends that.
Ending PassOn(const GuestRequest& request, const StopSignals& signals,
              const Qemu& qemu, int unwatched, LiveInput* input,
              GuestOutput& output) {
  const RunTime time(qemu.pid());
  const auto begun = std::chrono::steady_clock::now();
  bool runs = false;
  for (;;) {
    std::vector<pollfd> fds = {{qemu.end_fd(), POLLIN, 0},
                               {signals.fd(), POLLIN, 0},
                               {unwatched, POLLIN, 0}};
    if (input) std::ranges::copy(input->WaitFor(), std::back_inserter(fds));
    poll(fds.data(), fds.size(), kPassOnEveryMs);
    if (fds[1].revents) {
      const int signal = signals.Take();
      if (!input || !input->Takes(signal)) return {.signal = signal};
    }
    output.PassOn();
    if (fds[2].revents) return {.unwatched = true};
    output.progress().Passed(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
            .count());
    if (fds[0].revents) break;
    if (input && runs != output.progress().command_started()) {
      runs = output.progress().command_started();
      input->CommandRuns(runs);
    }
    if (input) input->Work();
    if (input && input->gave_up()) return {.gave_up = true};
    if (time.seconds() >= request.timeout && !(request.endless && runs))
      return {.timeout = true};
  }
  // What came between the last look and the end.
  output.PassOn();
  return {};
}

// " (after a machine check in the kernel, at 0xffffffff81538170)"
std::string LastInKernel(const GuestRequest& request) {
  if (!request.machine_checks || request.machine_checks->checks.empty() ||
      request.machine_checks->checks.back().in_program)
    return "";
  return fmt::format(" (after a machine check in the kernel, at {:#x})",
                     request.machine_checks->checks.back().instruction);
}

}  // namespace

int RunGuest(const GuestRequest& asked) {
  GuestRequest request = asked;
  GuestOutput output({.console = request.console,
                      .progress = !request.quiet && !request.console,
                      .hint = request.shell && !request.quiet
                                  ? "the shell's 'exit' ends the guest; Ctrl-] "
                                    "three times kills it"
                                  : ""});
  const Input input = TakeInput(request, output);
  const HostTsc tsc;
  Machine machine;
  machine.qemu_version = QemuVersion(request.qemu);
  if (request.nvdimm.bus == NvdimmBus::kCxl)
    request.nvdimm.cxl =
        ChooseCxlDevices(request.nvdimm.cxl, machine.qemu_version);
  machine.nvdimm = request.nvdimm;
  machine.clock = request.clock;
  machine.cpu = request.cpu;
  machine.cpus = request.cpus;
  machine.reboots = request.boots > 1;
  if (request.clock == Clock::kWall && !request.machine_checks)
    machine.accelerator = FindAccelerator();

  std::optional<MemoryFile> ram;
  std::optional<CxlMemory> cxl;
  MemoryFile nfit("the NFIT");
  nfit.Append(FillNfit(ReadFile(request.image.nfit), request.nvdimm));
  MemoryFile ssdt("the SSDT");
  const std::string firmware =
      FillSsdt(ReadFile(request.image.ssdt), request.nvdimm);
  ssdt.Append(firmware);
  MemoryFile initrd("the initial file system");
  FillInitialFiles(request,
                   {.whole = input.whole,
                    .parameters = input.live ? input.live->Parameters() : ""},
                   initrd);
  std::optional<MemoryFile> profile;
  if (request.profile) {
    profile.emplace("the profile");
    machine.profiler = FindPlugin("profiler", machine.qemu_version);
    machine.profile = profile->path();
    machine.footprint = request.footprint;
    if (request.nvdimm.bus == NvdimmBus::kNfit)
      machine.aml = MethodsFor(firmware);
  }
  MemoryFile disk("the guest's disk");
  disk.Resize(kDiskBytes);
  machine.host_tsc_khz = tsc.Khz();
  machine.nfit = nfit.path();
  machine.ssdt = ssdt.path();
  machine.kernel = request.image.kernel;
  machine.initrd = initrd.path();
  machine.initrd_bytes = initrd.size();
  machine.disk = disk.path();
  machine.console = output.console_file().path();
  machine.output = output.output().path();
  machine.errors = output.errors().path();
  const bool own_cxl = request.nvdimm.bus == NvdimmBus::kCxl &&
                       request.nvdimm.cxl == CxlDevices::kOurs;
  if (own_cxl || request.machine_checks) {
    ram.emplace("the guest's memory");
    ram->Resize(
        static_cast<off_t>(GuestMemory(request.nvdimm, machine.initrd_bytes)));
    machine.ram = ram->path();
  }
  if (own_cxl) {
    // An interrupt comes when the host gets round to it.
    cxl.emplace(request.nvdimm, ram->fd(), request.clock == Clock::kWall,
                request.cxl_faults);
    machine.cxl_sockets = cxl->sockets();
  }
  std::optional<MachineChecks> checks;
  if (request.machine_checks) {
    checks.emplace(request.nvdimm, ram->fd());
    machine.debugger = checks->debugger_fd();
    machine.debugger_client = checks->client_fd();
    machine.load_plugin = FindPlugin("loads", machine.qemu_version);
    machine.load_place = checks->place().path();
  }
  ProcessStart start = {
      .errors = output.console_file().fd(),
      .inherited = {nfit.fd(), ssdt.fd(), initrd.fd(), disk.fd(),
                    output.console_file().fd(), output.output().fd(),
                    output.errors().fd()}};
  if (profile) start.inherited.push_back(profile->fd());
  if (ram) start.inherited.push_back(ram->fd());
  if (checks) {
    start.inherited.push_back(checks->debugger_fd());
    if (request.clock == Clock::kVirtual)
      start.inherited.push_back(checks->client_fd());
    start.inherited.push_back(checks->place().fd());
  }
  if (cxl) {
    for (int socket : cxl->descriptors()) start.inherited.push_back(socket);
  }
  if (input.live) input.live->Equip(machine, start);
  std::vector<std::string> command = QemuArguments(machine);
  command.insert(command.begin(), request.qemu);

  output.progress().Reached(BootingText(request, machine));
  const StopSignals signals(
      request.shell ? std::initializer_list<int>{SIGQUIT, SIGCONT, SIGWINCH}
                    : std::initializer_list<int>{});
  Qemu qemu(Start(command, start));
  if (input.live) input.live->Started();
  if (checks) checks->Started();
  const Console& console = output.console();
  const Ending ending =
      PassOn(request, signals, qemu, checks ? checks->failed_fd() : -1,
             input.live.get(), output);
  // A terminal is as it was before anything is said about the end.
  if (input.live) input.live->CommandRuns(false);
  if (ending.gave_up)
    throw Error({.thing = "the guest",
                 .cause = "was killed by Ctrl-] typed three times"});
  if (checks) *request.machine_checks = checks->Finish();
  if (ending.signal) return 128 + ending.signal;
  if (ending.timeout) {
    console.ShowTail();
    throw Error({.thing = "the guest",
                 .cause = fmt::format("had not ended after {} s of running "
                                      "time (its console is above)",
                                      request.timeout),
                 .way_out = "allow more with --timeout"});
  }
  const int qemu_status = qemu.WaitForEnd();
  if (qemu_status != 0) {
    console.ShowTail();
    throw Error({.thing = request.qemu,
                 .cause = fmt::format("ended with status {}", qemu_status),
                 .way_out = "see its messages above"});
  }
  const std::optional<int> status = HandedOverStatus(disk.fd());
  if (!status) {
    console.ShowTail();
    throw Error({.thing = "the guest",
                 .cause = console.Cause() + LastInKernel(request),
                 .way_out = "see its console above"});
  }
  if (!request.out.empty()) {
    UnpackHandedOver(disk.fd(), request.out);
    if (checks)
      ReplaceFile(request.out + "/machine-checks.json",
                  ToJson(*request.machine_checks, request.nvdimm.base));
  }
  if (profile)
    *request.profile = ReadFile(fmt::format("/proc/self/fd/{}", profile->fd()));
  return *status;
}

}  // namespace daxmend
