// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstring>
#include <regex>

#include "core/error.h"
#include "machine/cxl/cxl_memory.h"
#include "system/file_io.h"
#include "system/process.h"

namespace daxmend {
namespace {

std::string Megabytes(uint64_t bytes) {
  return fmt::format("{}M", bytes >> 20);
}

// As QEMU wants a value that holds commas.
std::string Escaped(const std::string& text) {
  std::string out;
  for (char c : text) out += c == ',' ? std::string(",,") : std::string(1, c);
  return out;
}

// A host bridge, a root port for each device, and the devices behind them.
std::vector<std::string> CxlArguments(const Machine& machine) {
  std::vector<std::string> arguments = {
      "-device", fmt::format("pxb-cxl,bus_nr={},bus=pcie.0,id=cxl",
                             OwnCxlWindow(machine.nvdimm).bridge)};
  auto add = [&](const std::string& option, const std::string& value) {
    arguments.push_back(option);
    arguments.push_back(value);
  };
  for (uint32_t i = 0; i < machine.nvdimm.count; ++i)
    add("-device",
        fmt::format("cxl-rp,port={0},bus=cxl,id=port{0},chassis=0,slot={1}", i,
                    i + 2));
  for (uint32_t i = 0; i < machine.nvdimm.count; ++i) {
    if (machine.nvdimm.cxl == CxlDevices::kOurs) {
      add("-device", fmt::format(R"({{"driver":"vfio-user-pci","bus":"port{}",)"
                                 R"("socket":{{"type":"unix","path":"{}"}}}})",
                                 i, machine.cxl_sockets.at(i)));
      continue;
    }
    add("-object",
        fmt::format("memory-backend-memfd,id=media{},share=on,size={}", i,
                    machine.nvdimm.size));
    add("-object",
        fmt::format("memory-backend-memfd,id=labels{},share=on,size=1M", i));
    const std::string memory =
        machine.nvdimm.cxl_volatile
            ? fmt::format("volatile-memdev=media{}", i)
            : fmt::format("persistent-memdev=media{0},lsa=labels{0}", i);
    add("-device", fmt::format("cxl-type3,bus=port{0},{1},id=cxl{0},sn={2}", i,
                               memory, kFirstCxlSerial + i));
  }
  add("-M", "cxl-fmw.0.targets.0=cxl,cxl-fmw.0.size=4G");
  return arguments;
}

}  // namespace

std::string KernelCommandLine(const Machine& machine) {
  const bool virtual_clock = machine.clock == Clock::kVirtual;
  const bool tcg = machine.accelerator == Accelerator::kTcg;
  // A panic resets the machine, which ends it or boots it again.
  std::string line = "console=ttyS0 panic=-1 quiet loglevel=4 rdinit=/init " +
                     ReservedMemory(machine.nvdimm);
  // The same addresses at every boot.
  line += " nokaslr norandmaps";
  // /proc/vmallocinfo says where memory is mapped (machine_check/announce.cc).
  if (machine.debugger >= 0) line += " no_hash_pointers";
  if (tcg)
    // An emulated CPU's tick is right by definition. (Mitigations stay on: what
    // they cost is part of what is measured.)
    line +=
        " tsc=reliable no_timer_check nowatchdog "
        "random.trust_cpu=on";
  // Without a virtual clock an emulated CPU's cycle counter is the host's
  // (QEMU cpu_get_ticks). The guest's kernel would measure its rate against
  // emulated timers, and be wrong by any factor when the host interrupts that
  // (native_calibrate_cpu_early, tsc.c of Linux 6.1 and 6.12); told the rate,
  // it takes later measurements only if they are within 1 %.
  if (tcg && !virtual_clock && machine.host_tsc_khz != 0)
    line += fmt::format(" tsc_early_khz={}", machine.host_tsc_khz);
  line += std::string(" daxmend.clock=") + std::string(NameOf(machine.clock));
  line += " daxmend.qemu=" + machine.qemu_version;
  line += std::string(" daxmend.accel=") + (tcg ? "tcg" : "kvm");
  return line;
}

std::vector<std::string> QemuArguments(const Machine& machine) {
  const bool virtual_clock = machine.clock == Clock::kVirtual;
  std::vector<std::string> arguments = {"-nodefaults", "-no-user-config",
                                        "-display", "none"};
  auto add = [&](std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
  };
  std::string type = "q35,usb=off,smbus=off,sata=off,vmport=off";
  const bool cxl = machine.nvdimm.bus == NvdimmBus::kCxl;
  if (cxl) type += ",cxl=on";
  if (!machine.ram.empty()) type += ",memory-backend=ram";
  if (machine.nvdimm.base >= kFourGiB)
    type += fmt::format(",max-ram-below-4g={}", kLowMemory);
  add({"-machine", type});
  const bool virtio = machine.nvdimm.bus == NvdimmBus::kVirtio;
  const uint64_t memory = GuestMemory(machine.nvdimm, machine.initrd_bytes);
  std::string ram = Megabytes(memory);
  if (virtio) ram += ",maxmem=" + Megabytes(memory + machine.nvdimm.size);
  add({"-m", ram});
  if (!machine.ram.empty())
    add({"-object",
         fmt::format("memory-backend-file,id=ram,share=on,mem-path={},size={}",
                     machine.ram, memory)});
  if (virtual_clock) {
    // While every processor is halted QEMU's main loop moves the clock on to
    // the next timer. It may do so while the processor's thread is about to
    // halt and has not yet counted its last instructions: the timer then fires
    // late by as many (QEMU 7.2, icount_start_warp_timer).
    // Recording makes the two take turns. Nobody replays it: the record goes
    // nowhere. A machine that is recorded cannot be reset: the reset waits for
    // the processor's thread (i386's do_run_on_cpu), which waits for the
    // record's lock, which who resets holds (seen with QEMU 7.2).
    add({"-accel", "tcg,thread=single"});
    std::string icount = "shift=0,sleep=off";
    // While it records the main loop cannot pause the machine when the plugin
    // of machine checks wants that, which sees to the clock itself
    // (machine_check/load_exchange.h).
    if (!machine.reboots && machine.debugger < 0)
      icount += ",rr=record,rrfile=/dev/null";
    add({"-icount", icount});
    add({"-smp", "1", "-seed", "7"});
    add({"-rtc", "base=2026-01-01,clock=vm"});
  } else {
    add({"-accel", machine.accelerator == Accelerator::kKvm ? "kvm" : "tcg"});
    add({"-smp", std::to_string(machine.cpus)});
  }
  // The kernel makes no region where it takes itself for a hypervisor's guest,
  // whose caches it cannot flush (cpu_cache_has_invalidate_memregion,
  // arch/x86/mm/pat/set_memory.c, Linux 6.12).
  const char* hidden = cxl ? ",-hypervisor" : "";
  // "rep movsb" counts one instruction a byte: have the kernel copy by words,
  // whose count is closer to what hardware pays. But a machine check only "rep
  // movsb" survives (copy_mc_enhanced_fast_string, arch/x86/lib/copy_mc_64.S
  // of Linux 6.1 to 7.3).
  const char* copies = machine.debugger >= 0 ? "" : ",-erms,-fsrm";
  add({"-cpu", machine.accelerator == Accelerator::kKvm
                   ? std::string("host") + hidden
                   : machine.cpu + copies + hidden});
  if (!machine.reboots) add({"-no-reboot"});
  if (machine.nvdimm.bus == NvdimmBus::kNfit) {
    add({"-acpitable", "file=" + machine.nfit});
    add({"-acpitable", "file=" + machine.ssdt});
  }
  if (cxl) {
    const std::vector<std::string> devices = CxlArguments(machine);
    arguments.insert(arguments.end(), devices.begin(), devices.end());
  }
  // Shared memory with a file behind it: the device answers a flush by syncing
  // that file.
  if (virtio) {
    add({"-object", fmt::format("memory-backend-memfd,id=pmem,share=on,size={}",
                                machine.nvdimm.size)});
    add({"-device", "virtio-pmem-pci,memdev=pmem"});
  }
  add({"-kernel", machine.kernel, "-initrd", machine.initrd});
  add({"-append", KernelCommandLine(machine)});
  // COM3 would share COM1's interrupt; it gets one of its own.
  add({"-chardev", "file,append=on,id=console,path=" + machine.console});
  add({"-chardev", machine.terminal
                       ? "stdio,id=output,signal=off"
                       : "file,append=on,id=output,path=" + machine.output});
  add({"-chardev", "file,append=on,id=errors,path=" + machine.errors});
  add({"-device", "isa-serial,index=0,chardev=console"});
  add({"-device", "isa-serial,index=1,chardev=output"});
  add({"-device", "isa-serial,index=2,irq=5,iobase=0x3e8,chardev=errors"});
  add({"-drive",
       "if=none,id=out,format=raw,cache=unsafe,file=" + machine.disk});
  // Where there is a second host bridge QEMU wants to be told.
  const std::string bus = cxl ? ",bus=pcie.0" : "";
  add({"-device", "virtio-blk-pci,drive=out" + bus});
  if (!machine.profiler.empty())
    add({"-plugin", Escaped(machine.profiler) + ",out=" + machine.profile +
                        (machine.footprint ? fmt::format(",footprint={}/{}",
                                                         machine.footprint->l1,
                                                         machine.footprint->l2)
                                           : "") +
                        (machine.aml.empty() ? "" : ",aml=" + machine.aml)});
  if (machine.debugger >= 0) {
    add({"-plugin",
         Escaped(machine.load_plugin) + ",place=" + machine.load_place +
             (virtual_clock
                  ? fmt::format(",debugger={}", machine.debugger_client)
                  : "")});
    add({"-chardev",
         fmt::format("socket,id=debugger,fd={}", machine.debugger)});
    add({"-gdb", "chardev:debugger", "-S"});
  }
  if (machine.control >= 0) {
    add({"-chardev", fmt::format("socket,id=control,fd={}", machine.control)});
    // COM4 would share COM2's interrupt.
    add({"-device", "isa-serial,index=3,irq=7,iobase=0x2e8,chardev=control"});
  }
  if (!machine.input.empty()) {
    add({"-drive",
         "if=none,id=input,format=raw,cache=unsafe,readonly=on,file=" +
             machine.input});
    add({"-device", "virtio-blk-pci,drive=input" + bus});
  }
  return arguments;
}

Accelerator FindAccelerator() {
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return Accelerator::kTcg;
  close(kvm);
  static const std::regex kVirtualization("\nflags\\s*:[^\n]* (vmx|svm)\\b");
  return std::regex_search(ReadFile("/proc/cpuinfo"), kVirtualization)
             ? Accelerator::kKvm
             : Accelerator::kTcg;
}

CxlDevices ChooseCxlDevices(CxlDevices wanted, const std::string& version) {
  const auto at_least = [&](const char* least) {
    return strverscmp(version.c_str(), least) >= 0;
  };
  const bool own = at_least("10.1");
  const char* least = wanted == CxlDevices::kOurs ? "10.1" : "10.0";
  if (!at_least(least))
    throw Error({.thing = "QEMU " + version,
                 .cause = wanted == CxlDevices::kOurs
                              ? "cannot take daxmend's CXL device, which wants "
                                "10.1"
                              : "has no CXL device that can be injected, which "
                                "wants 10.0",
                 .way_out = "fetch a newer one with './quickstart qemu' and "
                            "give --qemu 11"});
  if (wanted != CxlDevices::kBest) return wanted;
  return own ? CxlDevices::kOurs : CxlDevices::kQemu;
}

std::string QemuVersion(const std::string& qemu) {
  const ProcessResult result = Capture({qemu, "--version"});
  std::smatch match;
  static const std::regex kVersion("QEMU emulator version ([0-9.]+)");
  if (result.status == 127)
    throw Error({.thing = qemu,
                 .cause = "is not installed",
                 .way_out = "install it (apt install qemu-system-x86)"});
  if (result.status != 0 || !std::regex_search(result.output, match, kVersion))
    throw Error({.thing = qemu + " --version",
                 .cause = "prints no version of QEMU",
                 .way_out = "name another program with --qemu"});
  return match[1];
}

}  // namespace daxmend
