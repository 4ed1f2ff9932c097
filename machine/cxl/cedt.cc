// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/cedt.h"

#include "machine/image/guest_archive.h"

namespace daxmend {
namespace {

// ACPI 6.5, 5.2.6: where the header has the checksum.
constexpr size_t kLengthOffset = 4;
constexpr size_t kChecksumOffset = 9;
// CXL 3.1, 9.18.1.2 and 9.18.1.3.
constexpr uint64_t kHostBridge = 0;
constexpr uint64_t kFixedWindow = 1;
constexpr uint64_t kCxl2 = 1;
constexpr uint64_t kRegisterBytes = 0x10000;
// Type 2 and 3, volatile and persistent memory.
constexpr uint64_t kRestrictions = 0xf;
// QEMU's is 1 (hw/acpi/aml-build.c, acpi_table_begin).
constexpr uint64_t kOemRevision = 2;

void Add(std::string& table, size_t bytes, uint64_t value) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8)
    table += static_cast<char>(value & 0xff);
}

}  // namespace

std::string CedtTable(const CxlWindow& window) {
  std::string table = "CEDT";
  Add(table, 4, 0);  // length, below
  Add(table, 1, 1);  // revision
  Add(table, 1, 0);  // checksum, below
  // The kernel replaces the table that has these.
  table += "BOCHS ";
  table += "BXPC    ";
  Add(table, 4, kOemRevision);
  table += "DAXM";
  Add(table, 4, 1);

  Add(table, 1, kHostBridge);
  Add(table, 1, 0);
  Add(table, 2, 0x20);
  Add(table, 4, window.bridge);
  Add(table, 4, kCxl2);
  Add(table, 4, 0);
  Add(table, 8, window.bridge_registers);
  Add(table, 8, kRegisterBytes);

  Add(table, 1, kFixedWindow);
  Add(table, 1, 0);
  Add(table, 2, 0x28);
  Add(table, 4, 0);
  Add(table, 8, window.base);
  Add(table, 8, window.bytes);
  Add(table, 1, 0);  // one host bridge
  Add(table, 1, 0);  // modulo arithmetic
  Add(table, 2, 0);
  Add(table, 4, 0);  // granularity: 256 bytes
  Add(table, 2, kRestrictions);
  Add(table, 2, 0);  // throttling group
  Add(table, 4, window.bridge);

  for (size_t i = 0, length = table.size(); i < 4; ++i, length >>= 8)
    table[kLengthOffset + i] = static_cast<char>(length & 0xff);
  unsigned char sum = 0;
  for (char byte : table) sum += static_cast<unsigned char>(byte);
  table[kChecksumOffset] = static_cast<char>(-sum);
  return table;
}

std::string CedtArchive(const CxlWindow& window) {
  GuestArchive archive;
  for (const char* directory :
       {"kernel", "kernel/firmware", "kernel/firmware/acpi"})
    archive.AddDirectory(directory);
  archive.AddFile("kernel/firmware/acpi/CEDT.aml", CedtTable(window), 0644);
  return std::move(archive).Finish();
}

}  // namespace daxmend
