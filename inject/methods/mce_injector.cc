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
#include "core/text.h"
#include "inject/poison_map.h"
#include "system/block_device.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// Intel SDM vol. 3B, 16.3.2: VAL, UC, EN, MISCV, ADDRV and the compound code
// of a memory controller error, channel not given (0x9f).
constexpr uint64_t kStatus = 0xbc0000000000009f;
// Physical address mode, and 9: the error is 2^9 bytes, a sector.
constexpr uint64_t kMisc = 0x89;

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

bool HearsMachineChecks(const std::string& vendor) {
  // mce_is_memory_error, arch/x86/kernel/cpu/mce/core.c.
  return vendor == "GenuineIntel" || vendor == "CentaurHauls" ||
         vendor == "  Shanghai  ";
}

InjectorChoice JudgeMce(const InjectorDisk& disk, const InjectorHost& host) {
  InjectorChoice choice{"mce", false, false, ""};
  if (disk.provider != "ACPI.NFIT")
    choice.reason = "machine checks reach only memory of an NFIT, but " +
                    disk.bus + " is " + disk.provider;
  else if (!HearsMachineChecks(host.cpu_vendor))
    choice.reason = "machine checks reach the NVDIMM driver only on Intel " +
                    std::string("processors, this is ") + host.cpu_vendor +
                    " ('daxmend vm --cpu max,vendor=GenuineIntel')";
  else if (std::string reason = ListReason(disk); !reason.empty())
    choice.reason = std::move(reason);
  else if (!host.mce_inject)
    choice.reason = std::string(kMceInjectDirectory) +
                    " does not exist ('modprobe mce-inject', with debugfs "
                    "mounted)";
  else
    choice = {"mce", true, false, "mce-inject is loaded"};
  return choice;
}

std::unique_ptr<Injector> MakeMce(const MethodRequest& request) {
  const PoisonDevice& device = request.device;
  return std::make_unique<MceInjector>(
      device.media(), FindBlockDevice("/dev/" + device.disk()).badblocks_path(),
      device.OpenMedia(false));
}

}  // namespace

MceInjector::MceInjector(SpaRange media, std::string list,
                         std::unique_ptr<DeviceMedia> disk,
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
  Order("addr", Hexadecimal(address));
  Order("misc", Hexadecimal(kMisc));
  Order("status", Hexadecimal(kStatus));
  // The bank comes last: it sets the error off.
  Order("bank", "1");
}

void MceInjector::Inject(UnitRange sectors, bool) {
  using std::chrono::steady_clock;
  for (uint64_t at = sectors.begin; at < sectors.end; ++at) {
    const UnitRange sector{at, at + 1};
    ListChanges changes(path_);
    Raise(SpaOfSectors(media_, sector).begin);
    auto end = steady_clock::now() + std::chrono::seconds(2);
    bool changed = false;
    while (BadAmong({sector}, *disk_).empty()) {
      if (steady_clock::now() > end) {
        if (changed) break;
        throw Error(
            {.thing = "the kernel",
             .cause = "did not list the machine check at " +
                      Hexadecimal(SpaOfSectors(media_, sector).begin) +
                      " (its list is full, or machine checks do not reach its "
                      "NVDIMM driver on this processor)",
             .way_out = "use another --via ('daxmend injectors' shows them)"});
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

InjectionMethod MceMethod() { return {.judge = JudgeMce, .make = MakeMce}; }

}  // namespace daxmend
