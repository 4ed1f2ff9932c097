// SPDX-License-Identifier: GPL-2.0-only
//
// The options of 'daxmend vm', and what is wrong with them together.
//
// Not thread-safe.

#ifndef DAXMEND_CLI_VM_VM_OPTIONS_H_
#define DAXMEND_CLI_VM_VM_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/footprint_options.h"
#include "machine/guest.h"

namespace daxmend {

struct VmOptions {
  GuestRequest request;
  std::string kernel = "stock";
  std::string nfit;
  std::string ssdt;
  std::string mode;  // empty: fsdax with a file system, raw without
  bool profile = false;
  bool machine_checks = false;
  std::string announce;
  FootprintOptions footprint;
  const CLI::Option* size = nullptr;
  const CLI::Option* cpu = nullptr;
  const CLI::Option* timeout = nullptr;
  const CLI::Option* base = nullptr;
  const CLI::Option* filesystem = nullptr;
  std::vector<const CLI::Option*> firmware;
  std::vector<const CLI::Option*> cxl;
  uint32_t ways = 1;
  std::vector<std::string> faults;
};

// Chooses the mode and the file system that one of them leaves open. Throws
// Error where they exclude each other.
void ChooseMode(VmOptions& options);

// Throws Error: what would be ignored is refused, and what cannot work before a
// guest boots.
void CheckTogether(const VmOptions& options);

}  // namespace daxmend

#endif  // DAXMEND_CLI_VM_VM_OPTIONS_H_
