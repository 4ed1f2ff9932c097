// SPDX-License-Identifier: GPL-2.0-only
//
// Machine checks of one guest: every load from a poisoned line, by a program or
// by the kernel, raises one at that load while COMMAND runs, as hardware does.
//
//   MachineChecks checks(nvdimm, ram);  // before QEMU starts, stopped (-S)
//   ... QEMU gets checks.debugger_fd() and checks.place() ...
//   checks.Started();
//   ... the guest runs; failed_fd() can be read when that cannot go on ...
//   RaisedChecks raised = checks.Finish();
//
// How: QEMU's debugger stops the guest behind a load of a watched address, and
// the plugin (load_exchange.h) says which instruction that was. If the
// firmware's table has the line, the processor is put back in front of the load
// and given the machine check that real memory gives it (Intel SDM vol.
// 3, 16.9: SRAR, data load), by QEMU's monitor. Where the kernel maps a page of
// the device into a program, and where the firmware was called, the guest
// stops, too. None of this takes time of the guest's virtual clock
// (load_exchange.h says how).
//
// What is not emulated: loads that a processor makes ahead (prefetch,
// speculation), CMCI and other corrected or deferred errors, firmware-first
// handling (GHES), stores that read a line first, and mappings that were moved
// (mremap). A load that writes the register its address came from leaves that
// register overwritten, which only shows where a handler executes it again.
//
// A thread of its own; the public interface is for one other.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_MACHINE_CHECKS_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_MACHINE_CHECKS_H_

#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "machine/error_table.h"
#include "machine/machine_check/raised_check.h"
#include "machine/qemu_file.h"
#include "system/file_descriptor.h"

namespace daxmend {

class MachineChecks {
 public:
  // `ram`: the guest's RAM as a file; must outlive this. Throws Error.
  MachineChecks(const NvdimmParameters& nvdimm, int ram);
  ~MachineChecks();
  MachineChecks(const MachineChecks&) = delete;
  MachineChecks& operator=(const MachineChecks&) = delete;

  // For QEMU, which inherits them: a connected socket for its debugger, the
  // other end of it and the file that its plugin shares.
  int debugger_fd() const { return theirs_.get(); }
  int client_fd() const { return ours_.get(); }
  const MemoryFile& place() const { return place_; }

  // QEMU has started, and has copies of them.
  void Started();
  int failed_fd() const { return failed_.get(); }
  // The guest has ended, or is given up. Throws what ended the watching.
  RaisedChecks Finish();

 private:
  void Run();

  const NvdimmParameters nvdimm_;
  const int ram_;
  MemoryFile place_;
  FileDescriptor ours_, theirs_, stop_, failed_;
  RaisedChecks raised_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_MACHINE_CHECKS_H_
