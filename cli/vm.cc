// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/commit.h"
#include "cli/prepared_guest.h"
#include "cli/size.h"
#include "cli/vm/vm_options.h"
#include "core/error.h"
#include "core/version.h"
#include "machine/console/standard_input.h"
#include "machine/defaults.h"
#include "machine/guest.h"
#include "machine/machine_check/announce.h"
#include "records/origin.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

// One a line.
std::string FaultNames() {
  std::string names;
  for (std::string_view name : CxlFaultNames())
    names += std::string(name) + "\n";
  return names;
}

CxlFaults FaultsOf(const std::vector<std::string>& names) {
  CxlFaults faults;
  for (const std::string& name : names)
    if (!AddCxlFault(name, &faults))
      throw Error({.thing = "--cxl-fault " + name,
                   .cause = "is no fault of a CXL device",
                   .way_out = "see 'daxmend vm --cxl-fault list'"});
  return faults;
}

// COMMAND, or a shell: of a terminal, or one that reads what is given instead.
void ChooseCommand(const VmOptions& options, GuestRequest& request) {
  HoldStandardDescriptors();
  request.input = STDIN_FILENO;
  if (request.shell && !request.command.empty())
    throw Error({.thing = "--shell and a COMMAND",
                 .cause = "exclude each other",
                 .way_out = "leave one out"});
  const bool terminal = isatty(STDIN_FILENO);
  if (request.shell && !terminal)
    throw Error({.thing = "--shell",
                 .cause = "wants a terminal on standard input",
                 .way_out = "leave it out, and a shell reads its commands "
                            "there"});
  if (!request.command.empty()) return;
  if (!terminal && ChooseInput(STDIN_FILENO, request.clock, request.boots) ==
                       InputWay::kNone)
    throw Error({.thing = "the guest",
                 .cause = "has nothing to run",
                 .way_out = "name a COMMAND after '--', or give a shell's "
                            "commands on standard input"});
  request.command = {"sh"};
  request.shell = terminal;
  request.endless = terminal && !options.timeout->count();
  if (request.shell && request.clock == Clock::kVirtual)
    throw Error({.thing = "a shell on a terminal",
                 .cause = "would make two boots differ under --clock virtual",
                 .way_out = "use --clock wall, or give a shell's commands in a "
                            "file on standard input"});
}

int RunVm(VmOptions options) {
  if (!options.announce.empty()) {
    Announce(options.announce == "begin" ? AnnouncementKind::kBegin
                                         : AnnouncementKind::kEnd);
    return kOk;
  }
  if (options.faults == std::vector<std::string>{"list"}) {
    PrintOut(FaultNames());
    return kOk;
  }
  CheckTogether(options);
  GuestRequest& request = options.request;
  if (request.nvdimm.bus == NvdimmBus::kCxl)
    request.nvdimm.count = options.ways;
  ChooseMode(options);
  request.cxl_faults = FaultsOf(options.faults);
  request.footprint = ChosenCaches(options.footprint);
  ChooseCommand(options, request);
  PrepareGuest("vm", options.kernel, options.size->count() != 0, &request);
  if (!options.nfit.empty()) request.image.nfit = options.nfit;
  if (!options.ssdt.empty()) request.image.ssdt = options.ssdt;
  if (options.cpu->count() && request.clock == Clock::kWall &&
      FindAccelerator() == Accelerator::kKvm)
    std::fprintf(stderr,
                 "daxmend vm: KVM gives the guest the host's processor: --cpu "
                 "has no effect\n");
  RaisedChecks checks;
  if (options.machine_checks) {
    request.machine_checks = &checks;
    if (!options.cpu->count()) request.cpu = "max,vendor=GenuineIntel";
  }
  const int status =
      options.profile ? RunProfiled(&request) : RunGuest(request);
  if (options.machine_checks && !request.quiet)
    std::fprintf(stderr, "daxmend vm: %s\n", Summary(checks).c_str());
  if (!request.out.empty())
    CompleteOrigins(request.out, OriginOfThis(kVersion, kCommit, false));
  return status;
}

}  // namespace

Command AddVm(CLI::App& root) {
  auto options = std::make_shared<VmOptions>();
  GuestRequest& request = options->request;
  request.nvdimm.clear_unit = kDefaultClearUnit;
  request.nvdimm.error_ranges = kDefaultErrorRanges;

  CLI::App* app = root.add_subcommand(
      "vm", "Run a command on the emulated NVDIMM, in a virtual machine");
  app->add_option("--clock", request.clock,
                  "wall: the host's time; virtual: one guest nanosecond is one "
                  "guest instruction, and two boots give the same results")
      ->transform(
          OneOf<Clock>({{"wall", Clock::kWall}, {"virtual", Clock::kVirtual}}))
      ->default_str("wall");
  app->add_option(
         "--nvdimm", request.nvdimm.bus,
         "nfit: firmware with ARS error injection; e820: memmap=SIZE!BASE; "
         "virtio: virtio-pmem; cxl: CXL\nmemory devices. e820 and virtio have "
         "no "
         "firmware: 'daxmend injectors' says what can poison\nthem")
      ->transform(OneOf<NvdimmBus>({{"nfit", NvdimmBus::kNfit},
                                    {"e820", NvdimmBus::kE820},
                                    {"virtio", NvdimmBus::kVirtio},
                                    {"cxl", NvdimmBus::kCxl}}))
      ->default_str("nfit");
  options->filesystem =
      app->add_option("--fs", request.filesystem,
                      "File system on /mnt/pmem; with none the namespace is "
                      "raw unless --mode says otherwise")
          ->check(OneOf({"ext4", "xfs", "none"}))
          ->capture_default_str();
  app->add_option("--mode", options->mode,
                  "What 'ndctl create-namespace -m' makes of the namespace: "
                  "fsdax (the default), devdax\n(/dev/dax0.0), sector "
                  "(/dev/pmem0s) or raw. Those have no file system unless "
                  "--fs names\none, which is without DAX then")
      ->check(OneOf({"fsdax", "devdax", "sector", "raw"}));
  options->size = app->add_option("--nvdimm-size", request.nvdimm.size,
                                  "Size of the NVDIMM; at least 512M for xfs")
                      ->transform(SizeInBytes())
                      ->default_val(kDefaultNvdimmSize);
  app->add_option("--nvdimm-count", request.nvdimm.count,
                  "NVDIMMs of that size, of one firmware; the first has the "
                  "file system, /dev/pmem1\nand so on are raw ('ndctl "
                  "create-namespace -f -e namespace1.0 -m fsdax' makes one "
                  "fsdax)")
      ->check(CLI::Range(uint32_t{1}, kMostNvdimms))
      ->capture_default_str();
  options->base =
      app->add_option(
             "--nvdimm-base", request.nvdimm.base,
             "Its physical address in the guest; the guest has as much "
             "RAM below it, 1G when it is at 4G or higher")
          ->transform(SizeInBytes())
          ->default_val(kDefaultNvdimmBase);
  options->cxl.push_back(
      app->add_option("--cxl-ways", options->ways,
                      "CXL devices, each of --nvdimm-size, over which the "
                      "region is spread")
          ->check(OneOf({"1", "2", "4"}))
          ->capture_default_str());
  options->cxl.push_back(
      app->add_option(
             "--cxl-device", request.nvdimm.cxl,
             "own: daxmend's CXL device (QEMU 10.1 and later); qemu: "
             "QEMU's cxl-type3 (10.0\nand later), which ends the guest "
             "when it has more than 126 poisoned lines; best: own "
             "where\nQEMU can take it")
          ->transform(OneOf<CxlDevices>({{"best", CxlDevices::kBest},
                                         {"own", CxlDevices::kOurs},
                                         {"qemu", CxlDevices::kQemu}}))
          ->default_str("best"));
  options->cxl.push_back(app->add_flag(
      "--cxl-volatile", request.nvdimm.cxl_volatile,
      "Their memory is volatile and becomes system RAM of the guest: no "
      "namespace, no file system"));
  options->cxl.push_back(
      app->add_option(
             "--cxl-fault", options->faults,
             "What daxmend's CXL device is to do wrong (repeatable); 'list' "
             "prints the names")
          ->allow_extra_args(false));
  options->firmware.push_back(
      app->add_option("--clear-unit", request.nvdimm.clear_unit,
                      "Bytes its firmware poisons and clears at once")
          ->capture_default_str());
  options->firmware.push_back(
      app->add_option("--error-ranges", request.nvdimm.error_ranges,
                      "Ranges of poison its firmware can hold")
          ->capture_default_str());
  options->firmware.push_back(
      app->add_option("--nfit", options->nfit,
                      "Compiled NFIT to boot with instead of machine/nfit.asl")
          ->check(CLI::ExistingFile));
  options->firmware.push_back(
      app->add_option("--ssdt", options->ssdt,
                      "Compiled firmware to boot with instead of "
                      "machine/ssdt.asl")
          ->check(CLI::ExistingFile));
  options->cpu =
      app->add_option(
             "--cpu", request.cpu,
             "QEMU's -cpu, where KVM is not used; the injector mce wants "
             "an Intel one: max,vendor=GenuineIntel")
          ->capture_default_str();
  app->add_option("--kernel", options->kernel,
                  "stock, a version that was built (6.12), none, mainline, "
                  "flag or flag-late (./quickstart kernels builds them), or a "
                  "kernel's file")
      ->capture_default_str();
  app->add_option("--cpus", request.cpus,
                  "Processors of the guest; only one with --clock virtual")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  options->timeout =
      app->add_option(
             "--timeout", request.timeout,
             "Give up after this many seconds; those in which a busy "
             "host kept the guest\nwaiting for a processor do not count. "
             "Unless it is given, a shell on a terminal has\nno such limit")
          ->check(CLI::Range(1, 1000000))
          ->capture_default_str();
  app->add_option("--boots", request.boots,
                  "How often the guest may boot: after COMMAND has rebooted it "
                  "('reboot -f'), COMMAND\nruns again with DAXMEND_BOOT=2 and "
                  "so on; file system and poison are as it left them")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_option("--add", request.add,
                  "Copy this file or directory into /add (repeatable)")
      ->allow_extra_args(false);
  app->add_option("--out", request.out,
                  "Copy the guest's /out to this directory");
  CLI::Option* console = app->add_flag("--console", request.console,
                                       "Show the guest's console on stderr");
  app->add_flag(
      "--profile", options->profile,
      "Count the instructions of every function, and write "
      "profile.json and profile.folded\nto --out; with --clock virtual, "
      "whose figures stay what they are");
  AddFootprint(app, &options->footprint);
  app->add_flag("--machine-checks", options->machine_checks,
                "A load from poison raises a machine check while COMMAND runs, "
                "as hardware does: in\na program it ends in SIGBUS "
                "(BUS_MCEERR_AR); what is poisoned is the firmware's table");
  // The guest's init script tells the host.
  app->add_option("--announce", options->announce)
      ->check(OneOf({"begin", "end"}))
      ->group("");
  app->add_flag("--quiet", request.quiet,
                "Do not print the boot's progress on stderr, as is done on a "
                "terminal and when the\nboot takes more than two seconds")
      ->excludes(console);
  app->add_option("--qemu", request.qemu,
                  "The QEMU to use: a program, or the version of one that "
                  "'./quickstart qemu' fetched\n(11)")
      ->capture_default_str();
  app->add_flag("--shell", request.shell,
                "An interactive shell, as without COMMAND where standard input "
                "is a terminal; 'exit' ends\nthe guest, and Ctrl-] three "
                "times kills it");
  app->add_option("COMMAND", request.command,
                  "What to run, as root in /root/daxmend; without it, a shell "
                  "that reads standard input");
  app->footer(
      "COMMAND comes after '--'. Its directory has build/daxmend, "
      "build/fio-daxmend.so, jobs/ and\nresults/latest, which is /out; fio and "
      "ndctl are there.\n\nStandard input is COMMAND's, as under ssh: "
      "</dev/null keeps it from being read. With\n--clock virtual or --boots "
      "all of it is read before the guest starts, and a terminal is "
      "not\nread.\n\nNeither this nor building the image needs root. An "
      "installed daxmend makes the image on\nfirst use, in "
      "$XDG_CACHE_HOME/daxmend or ~/.cache/daxmend: removing that is "
      "safe.\n\nExit status: COMMAND's; 2 also when the guest did not get that "
      "far.");
  return {app, [options] { return RunVm(*options); }};
}

}  // namespace daxmend
