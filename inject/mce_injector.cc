// SPDX-License-Identifier: GPL-2.0-only

#include "inject/mce_injector.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "inject/poison_map.h"

namespace daxmend {
namespace {

// Intel SDM vol. 3B, 16.3.2: VAL, UC, EN, MISCV, ADDRV and the compound code
// of a memory controller error, channel not given (0x9f).
constexpr uint64_t kStatus = 0xbc0000000000009f;
// Physical address mode, and 9: the error is 2^9 bytes, a sector.
constexpr uint64_t kMisc = 0x89;

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

MceInjector::MceInjector(SpaRange media, std::string list,
                         std::string directory)
    : media_(media), list_(std::move(list)), directory_(std::move(directory)) {}

void MceInjector::Order(const char* file, const std::string& value) {
  const std::string path = directory_ + "/" + file;
  const FileDescriptor fd = FileDescriptor::Open(path, O_WRONLY);
  // flags_write takes the last byte for a newline, whatever it is.
  const std::string line = value + "\n";
  if (write(fd.get(), line.data(), line.size()) < 0)
    throw ErrnoError("write " + value + " to " + path, errno);
}

void MceInjector::Raise(uint64_t address) {
  // "sw": only the decoders see it, no exception is raised.
  Order("flags", "sw");
  Order("cpu", "0");
  Order("addr", Hex(address));
  Order("misc", Hex(kMisc));
  Order("status", Hex(kStatus));
  // The bank comes last: it sets the error off.
  Order("bank", "1");
}

void MceInjector::Plant(SectorRange sectors, bool) {
  using std::chrono::steady_clock;
  for (uint64_t at = sectors.begin; at < sectors.end; ++at) {
    const SectorRange sector{at, at + 1};
    Raise(SpaOfSectors(media_, sector).begin);
    const auto end = steady_clock::now() + std::chrono::seconds(2);
    while (IntersectAll(sector, list_.Planted()).empty()) {
      if (steady_clock::now() > end)
        throw Error(
            "the kernel did not list the machine check at " +
            Hex(SpaOfSectors(media_, sector).begin) +
            ": its list may be full (512 entries), or its NVDIMM driver does "
            "not hear of machine checks on this processor");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

}  // namespace daxmend
