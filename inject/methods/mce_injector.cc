// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/mce_injector.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include "core/error.h"
#include "inject/poison_map.h"
#include "system/file_descriptor.h"

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

// Whether the kernel changed a disk's list since this was made (nd_pmem_notify,
// pmem_clear_bb; drivers/nvdimm/pmem.c, Linux 4.11).
class ListChanges {
 public:
  explicit ListChanges(const std::string& list)
      : fd_(FileDescriptor::Open(list, O_RDONLY)) {
    // sysfs tells of changes since the last reading.
    char some[16];
    if (pread(fd_.get(), some, sizeof some, 0) < 0)
      throw ErrnoError("read " + list, errno);
  }
  bool Seen() {
    pollfd one{.fd = fd_.get(), .events = POLLPRI, .revents = 0};
    return poll(&one, 1, 0) == 1 && (one.revents & POLLPRI);
  }

 private:
  FileDescriptor fd_;
};

}  // namespace

MceInjector::MceInjector(SpaRange media, std::string list,
                         std::unique_ptr<DiskSectors> disk,
                         std::string directory)
    : media_(media),
      path_(list),
      list_(std::move(list)),
      disk_(std::move(disk)),
      directory_(std::move(directory)) {}

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

void MceInjector::Inject(SectorRange sectors, bool) {
  using std::chrono::steady_clock;
  for (uint64_t at = sectors.begin; at < sectors.end; ++at) {
    const SectorRange sector{at, at + 1};
    ListChanges changes(path_);
    Raise(SpaOfSectors(media_, sector).begin);
    auto end = steady_clock::now() + std::chrono::seconds(2);
    bool changed = false;
    while (BadAmong({sector}, *disk_).empty()) {
      if (steady_clock::now() > end) {
        if (changed) break;
        throw Error(
            "the kernel did not list the machine check at " +
            Hex(SpaOfSectors(media_, sector).begin) +
            ": its list may be full (512 entries), or its NVDIMM driver does "
            "not hear of machine checks on this processor");
      }
      // Time enough to look again if that was another sector.
      if (!changed && changes.Seen()) {
        changed = true;
        end =
            std::min(end, steady_clock::now() + std::chrono::milliseconds(50));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

}  // namespace daxmend
