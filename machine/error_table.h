// SPDX-License-Identifier: GPL-2.0-only
//
// Where the emulated NVDIMM lies in the guest's memory, and where its firmware
// keeps the table of poisoned clear units (ssdt.asl says how it is used).
//
// The table is a bitmap of four levels in reserved memory below 4 GiB, because
// the firmware's integers are 32 bits wide:
//
//   base below 4 GiB:  [ RAM | table | range | RAM ]
//   base from 4 GiB:   [ RAM | table | RAM ] hole [ RAM | range ]
//   virtio:            [ RAM | table | RAM ], the range where QEMU puts it
//   cxl:               [ RAM | table | range | RAM ] with devices of our own,
//                      as virtio with QEMU's
//
// Several NVDIMMs lie next to each other and are one range to the firmware,
// whose table is that of all of them.
//
// At every boot QEMU puts the initial file system, and the BIOS its ACPI
// tables, at the end of the RAM below 4 GiB: there must be enough of it after
// the table and the range, which a reboot is not to touch.
//
// Values; thread-safe. Addresses and lengths are bytes.

#ifndef DAXMEND_MACHINE_ERROR_TABLE_H_
#define DAXMEND_MACHINE_ERROR_TABLE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace daxmend {

// How the guest learns of its persistent memory, which decides who can poison
// and clear it.
enum class NvdimmBus {
  kNfit,    // ACPI tables of our own: firmware that can be injected
  kE820,    // memmap=SIZE!ADDRESS (type 12): no firmware
  kVirtio,  // virtio-pmem, beside the RAM: no firmware, the host flushes
  kCxl,     // CXL memory devices, as many as the region has ways
};
// "nfit", "e820", "virtio", "cxl".
std::string_view Name(NvdimmBus bus);

// Whose the CXL memory devices are.
enum class CxlDevices {
  kBest,  // kOurs where QEMU can take it, kQemu elsewhere: nobody's, for it is
          // one of these before a machine is made (ChooseCxlDevices)
  kOurs,  // machine/cxl/memory_device.h
  kQemu,  // QEMU's cxl-type3
};

// What the emulated NVDIMM is to be.
struct NvdimmParameters {
  NvdimmBus bus = NvdimmBus::kNfit;
  uint64_t base = 0;  // virtio: only where the RAM below it ends
  uint64_t size = 0;
  uint32_t clear_unit = 256;     // bytes, a power of two
  uint32_t error_ranges = 1024;  // ranges the firmware can hold
  // NVDIMMs, or CXL devices, each of `size`; more with kNfit and kCxl only.
  uint32_t count = 1;
  CxlDevices cxl = CxlDevices::kBest;
  bool cxl_volatile = false;  // the devices' memory is, and becomes system RAM
  bool operator==(const NvdimmParameters&) const = default;
};

// All of them together.
inline uint64_t TotalSize(const NvdimmParameters& nvdimm) {
  return nvdimm.count * nvdimm.size;
}

inline constexpr uint32_t kMostNvdimms = 4;
// What the capacity of a CXL device is counted in, and windows begin on.
inline constexpr uint64_t kCxlAlignment = uint64_t{256} << 20;
// The kernel maps persistent memory in these units (memremap_compat_align).
inline constexpr uint64_t kNvdimmAlignment = uint64_t{16} << 20;
// RAM below 4 GiB when the range is above it; the table is in its middle.
inline constexpr uint64_t kLowMemory = uint64_t{1} << 30;
inline constexpr uint64_t kFourGiB = uint64_t{1} << 32;

struct ErrorTable {
  uint64_t address = 0;
  uint64_t size = 0;  // whole pages
  uint32_t units = 0;
  // The number of guest boots, counted by the guest itself.
  uint64_t boot_counter = 0;
  // Addresses of the levels, and how many dwords each has. One dword before
  // and one after level 0 are zero, so that its ends have neighbours.
  std::array<uint32_t, 4> level_address{};
  std::array<uint32_t, 4> level_dwords{};
  bool operator==(const ErrorTable&) const = default;
};

// Whether the range is a part of the guest's RAM.
inline bool IsInRam(const NvdimmParameters& nvdimm) {
  return nvdimm.bus != NvdimmBus::kVirtio &&
         (nvdimm.bus != NvdimmBus::kCxl || nvdimm.cxl != CxlDevices::kQemu);
}

// Places the table. Throws Error, naming the parameter at fault, for a base or
// size that is not aligned or does not fit, a clear unit that is no power of
// two from 64 to 4096, a capacity of no ranges or of more than 1,000,000, and a
// number of NVDIMMs that is not 1 to 4, or not 1 without firmware.
ErrorTable PlaceErrorTable(const NvdimmParameters& nvdimm);

// How much RAM the guest must be given for the range to be in it and for an
// initial file system of `initrd` bytes behind it. Throws Error when there is
// no room for that one.
uint64_t GuestMemory(const NvdimmParameters& nvdimm, uint64_t initrd);

// The kernel's `memmap=` parameters that reserve the table, and the range or
// declare it as persistent memory.
std::string ReservedMemory(const NvdimmParameters& nvdimm);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_ERROR_TABLE_H_
