// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/cxl_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "core/error.h"
#include "machine/cxl/interleave.h"
#include "machine/cxl/memory_device.h"
#include "machine/cxl/vfio_user_server.h"

namespace daxmend {

// The window, as this process sees it.
class CxlMemory::Media {
 public:
  Media(int ram, uint64_t base, uint64_t bytes) : base_(base), bytes_(bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ram,
                    static_cast<off_t>(base));
    if (at == MAP_FAILED) throw ErrnoError("map the guest's memory", errno);
    begin_ = static_cast<std::byte*>(at);
  }
  ~Media() { munmap(begin_, bytes_); }
  Media(const Media&) = delete;
  Media& operator=(const Media&) = delete;

  void Store(uint64_t dpa, const std::optional<HdmDecoder>& decoder,
             uint32_t position, const CxlLine& line) {
    // What is not mapped nobody can look at.
    if (!decoder) return;
    const uint64_t hpa = HpaOf(dpa, *decoder, position);
    if (hpa < base_ || hpa - base_ > bytes_ - line.size()) return;
    std::ranges::copy(line, begin_ + (hpa - base_));
  }

 private:
  const uint64_t base_, bytes_;
  std::byte* begin_ = nullptr;
};

struct CxlMemory::Device {
  Device(const CxlDeviceParameters& parameters, MemoryDevice::Store store)
      : memory(parameters, std::move(store)), server(memory) {}
  MemoryDevice memory;
  VfioUserServer server;
};

CxlWindow OwnCxlWindow(const NvdimmParameters& nvdimm) {
  // QEMU puts the bridge's registers behind the RAM above 4 GiB, of which
  // there is none (hw/i386/pc.c, pc_get_cxl_range_start, 11.1).
  return {.bridge_registers = kFourGiB,
          .base = nvdimm.base,
          .bytes = TotalSize(nvdimm)};
}

CxlMemory::CxlMemory(const NvdimmParameters& nvdimm, int ram, bool interrupts,
                     const CxlFaults& faults)
    : media_(std::make_unique<Media>(ram, nvdimm.base, TotalSize(nvdimm))) {
  for (uint32_t i = 0; i < nvdimm.count; ++i)
    devices_.push_back(std::make_unique<Device>(
        CxlDeviceParameters{.bytes = nvdimm.size,
                            .is_volatile = nvdimm.cxl_volatile,
                            .serial = kFirstCxlSerial + i,
                            .interrupts = interrupts,
                            .faults = faults},
        [media = media_.get(), i](
            uint64_t dpa, const std::optional<HdmDecoder>& decoder,
            const CxlLine& line) { media->Store(dpa, decoder, i, line); }));
}

CxlMemory::~CxlMemory() = default;

std::vector<int> CxlMemory::descriptors() const {
  std::vector<int> all;
  for (const auto& device : devices_)
    all.push_back(device->server.descriptor());
  return all;
}

std::vector<std::string> CxlMemory::sockets() const {
  std::vector<std::string> all;
  for (const auto& device : devices_) all.push_back(device->server.path());
  return all;
}

}  // namespace daxmend
