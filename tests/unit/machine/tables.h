// SPDX-License-Identifier: GPL-2.0-only
//
// Tables as iasl compiles them, without iasl.

#ifndef DAXMEND_TESTS_UNIT_MACHINE_TABLES_H_
#define DAXMEND_TESTS_UNIT_MACHINE_TABLES_H_

#include <cstdint>
#include <cstring>
#include <string>

namespace daxmend {

inline constexpr const char* kSsdtParameters[] = {
    "PBAS", "PUNI", "PUSH", "PCAP", "PTAB",
    "PLV0", "PLV1", "PLV2", "PLV3", "PTOP"};

// A table with a right length and checksum.
inline std::string Table(const char* signature, std::string body) {
  std::string table(36, '\0');
  std::memcpy(table.data(), signature, 4);
  table += body;
  const auto length = static_cast<uint32_t>(table.size());
  std::memcpy(table.data() + 4, &length, 4);
  unsigned char sum = 0;
  for (char c : table) sum += static_cast<unsigned char>(c);
  table[9] = static_cast<char>(-sum);
  return table;
}

// Name (NAME, dword) in AML.
inline std::string NameOp(const std::string& name) {
  return "\x08" + name + "\x0c\xf0\xff\xff\x7f";
}

inline std::string Ssdt() {
  std::string body;
  for (const char* name : kSsdtParameters) body += NameOp(name);
  return Table("SSDT", body);
}

// An NFIT with one structure.
inline std::string Nfit() { return Table("NFIT", std::string(4 + 56, '\0')); }

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_MACHINE_TABLES_H_
