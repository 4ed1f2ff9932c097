// SPDX-License-Identifier: GPL-2.0-only
//
// One guest, from boot to the exit status of the command it ran.
//
// Nothing is left behind, whatever ends it: QEMU dies with this process, and
// its files are anonymous memory (memfd_create) that it opens through
// /proc/self/fd.
//
// Not thread-safe; one at a time, because it takes SIGINT, SIGTERM and SIGHUP
// while it runs.

#ifndef DAXMEND_MACHINE_GUEST_H_
#define DAXMEND_MACHINE_GUEST_H_

#include <optional>
#include <string>
#include <vector>

#include "core/footprint.h"
#include "machine/cxl/memory_commands.h"
#include "machine/image/guest_image.h"
#include "machine/machine.h"
#include "machine/machine_check/raised_check.h"

namespace daxmend {

struct GuestRequest {
  std::string qemu = "qemu-system-x86_64";
  GuestImage image;
  NvdimmParameters nvdimm;
  Clock clock = Clock::kWall;
  CxlFaults cxl_faults;     // of CXL devices of our own
  std::string cpu = "max";  // machine.h
  unsigned cpus = 1;
  std::string filesystem = "ext4";  // "ext4", "xfs", "none"
  // What the first namespace becomes: "fsdax", "devdax", "sector", "raw";
  // "none": a CXL region gets no namespace.
  std::string mode = "fsdax";
  unsigned boots = 1;      // how often the guest may boot before it is given up
  unsigned timeout = 600;  // seconds of running time (run_time.h)
  std::vector<std::string> add;  // host files and directories for /add
  std::string out;               // where /out goes; empty: nowhere
  bool console = false;          // show the guest's console on stderr
  bool quiet = false;            // do not say how far the boot is
  // What COMMAND reads (standard_input.h); -1: nothing.
  int input = -1;
  // COMMAND is a shell on the terminal `input`.
  bool shell = false;
  // `timeout` ends with the boot.
  bool endless = false;
  // Becomes what the profiler found (results/profile/raw_profile.h) when
  // COMMAND has ended; null: no profile. The engine leaves symbols in
  // /out/`profile_symbols`.
  std::string* profile = nullptr;
  std::string profile_symbols;
  std::optional<CacheSizes> footprint;  // of the profile
  // Loads from poison raise machine checks while COMMAND runs, of which this
  // becomes the list; null: the memory can be read as if it were good.
  RaisedChecks* machine_checks = nullptr;
  std::vector<std::string> command;
};

// Boots, says on stderr how far that is (boot_progress.h), passes COMMAND's
// stdout and stderr on as they come, unpacks /out and
// returns COMMAND's exit status; 128 + the signal when one ended the run.
// Throws Error when COMMAND's status never came: QEMU is missing or died, the
// kernel panicked, the guest hung or gave up. What the guest last said on its
// console is then on stderr already.
int RunGuest(const GuestRequest& request);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_GUEST_H_
