// SPDX-License-Identifier: GPL-2.0-only
//
// The machine the guest runs on: stock QEMU, told to carry the emulated
// NVDIMM's two ACPI tables.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_H_
#define DAXMEND_MACHINE_MACHINE_H_

#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/footprint.h"
#include "machine/error_table.h"

namespace daxmend {

enum class Accelerator { kTcg, kKvm };

struct Machine {
  NvdimmParameters nvdimm;
  Clock clock = Clock::kWall;
  Accelerator accelerator = Accelerator::kTcg;
  std::string cpu = "max";  // QEMU's -cpu under TCG; KVM's is the host's
  unsigned cpus = 1;        // of a wall-clock machine; a virtual one has one
  bool reboots = false;  // a reset starts the guest again instead of ending it
  std::string qemu_version;  // "7.2.22"
  // How fast the host's cycle counter runs, in kHz (host_tsc.h); 0: not known.
  uint64_t host_tsc_khz = 0;

  // CXL devices of our own: sockets that QEMU connects to, and the RAM, a file
  // that they write to.
  std::vector<std::string> cxl_sockets;
  std::string ram;

  // Files for QEMU to open.
  std::string nfit;
  std::string ssdt;
  std::string kernel;  // vmlinux with a PVH entry, or bzImage
  std::string initrd;
  uint64_t initrd_bytes = 0;
  std::string disk;     // raw; receives the guest's tar
  std::string console;  // ttyS0
  std::string output;   // ttyS1: COMMAND's stdout
  std::string errors;   // ttyS2: COMMAND's stderr
  // ttyS1 is QEMU's own standard input and output, and not `output`.
  bool terminal = false;
  // ttyS3 (control_line.h), and a disk (input_stream.h); where there are none,
  // the machine has neither.
  int control = -1;
  std::string input;
  // What counts instructions by function (profiler.h), and the file it writes
  // to; empty: nobody does.
  std::string profiler;
  std::string profile;
  // Methods of the firmware in `ssdt`, for it (machine/profile/plugin.cc).
  std::string aml;
  // What I/Os touch is counted, too, with these caches.
  std::optional<CacheSizes> footprint;
  // Machine checks (machine_check/machine_checks.h): a socket for QEMU's
  // debugger, which starts the guest; -1: nobody raises any. The other end of
  // it, for the plugin that says where loads are, and the file that it shares.
  int debugger = -1;
  int debugger_client = -1;
  std::string load_plugin;
  std::string load_place;
};

// QEMU's arguments, without its own name.
std::vector<std::string> QemuArguments(const Machine& machine);

// The guest kernel's command line. It carries what the guest cannot see by
// itself (records/environment.h).
std::string KernelCommandLine(const Machine& machine);

// KVM when /dev/kvm opens and the CPU has vmx or svm: a /dev/kvm that opens is
// not enough, some sandboxes' cannot run a stock guest.
Accelerator FindAccelerator();

// Which CXL devices a QEMU of this version ("11.1.3") gets where `wanted` is
// asked for. Throws Error, with the way to another QEMU, where it has no place
// for them: devices of our own want 10.1 (vfio-user-pci), QEMU's 10.0.
CxlDevices ChooseCxlDevices(CxlDevices wanted, const std::string& qemu_version);

// Runs `qemu --version`. Throws Error, with the package to install, when there
// is no such program.
std::string QemuVersion(const std::string& qemu);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_H_
