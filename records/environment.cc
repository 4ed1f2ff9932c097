// SPDX-License-Identifier: GPL-2.0-only

#include "records/environment.h"

#include <sys/utsname.h>

#include <cstring>
#include <fstream>
#include <sstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/version.h"

namespace daxmend {
namespace {

// Empty when there is no such line: an environment is described as far as it
// can be seen.
std::string CpuModel() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (!line.starts_with("model name")) continue;
    size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

// The hypervisor's signature is in leaf 0x40000000 when CPUID.1:ECX[31] is set
// (Linux Documentation/virt/kvm/x86/cpuid.rst; QEMU target/i386/cpu.c for TCG).
std::string Machine() {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 31))) return "bare";
  __cpuid(0x40000000, a, b, c, d);
  char signature[12];
  std::memcpy(signature, &b, 4);
  std::memcpy(signature + 4, &c, 4);
  std::memcpy(signature + 8, &d, 4);
  if (std::memcmp(signature, "KVMKVMKVM\0\0\0", 12) == 0) return "kvm";
  if (std::memcmp(signature, "TCGTCGTCGTCG", 12) == 0) return "tcg";
  return "vm";
#else
  return "bare";
#endif
}

std::string CommandLine() {
  std::ifstream file("/proc/cmdline");
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::string CommandLineValue(const std::string& command_line,
                             const std::string& key) {
  std::istringstream words(command_line);
  std::string value;
  // The last one counts, as for the kernel's own parameters.
  for (std::string word; words >> word;)
    if (word.size() > key.size() && word.starts_with(key) &&
        word[key.size()] == '=')
      value = word.substr(key.size() + 1);
  return value;
}

bool InWallClockGuest() {
  return ClockNamed(CommandLineValue(CommandLine(), "daxmend.clock")) ==
         Clock::kWall;
}

Environment DescribeEnvironment() {
  Environment environment;
  utsname name;
  if (uname(&name) == 0) environment.kernel = name.release;
  environment.cpu = CpuModel();
  environment.daxmend = kVersion;

  const std::string command_line = CommandLine();
  environment.clock =
      ClockNamed(CommandLineValue(command_line, "daxmend.clock"))
          .value_or(Clock::kWall);
  environment.qemu = CommandLineValue(command_line, "daxmend.qemu");
  std::string accel = CommandLineValue(command_line, "daxmend.accel");
  environment.machine = accel.empty() ? Machine() : accel;
  return environment;
}

}  // namespace daxmend
