// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/firmware_methods.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace daxmend {

bool FirmwareMethods::Read(const char* text) {
  char* at = nullptr;
  bytes_ = std::strtoull(text, &at, 10);
  while (*at == '/') {
    Method method;
    method.begin = std::strtoull(at + 1, &at, 10);
    if (*at != '-') return false;
    method.end = std::strtoull(at + 1, &at, 10);
    if (*at != '-') return false;
    const char* name = at + 1;
    at += 1 + std::strcspn(name, "/");
    method.name.assign(name, static_cast<const char*>(at));
    methods_.push_back(std::move(method));
  }
  return *at == '\0' && methods_.size() < UINT16_MAX;
}

void FirmwareMethods::Table(uint64_t at, uint64_t bytes) {
  if (bytes == bytes_) table_ = at;
}

uint16_t FirmwareMethods::NumberAt(uint64_t physical) const {
  if (!table_) return 0;
  const uint64_t offset = physical - *table_;
  const auto found =
      std::ranges::find_if(methods_, [offset](const Method& method) {
        return method.begin <= offset && offset < method.end;
      });
  return found == methods_.end()
             ? uint16_t{0}
             : static_cast<uint16_t>(found - methods_.begin() + 1);
}

std::vector<std::string> FirmwareMethods::Names() const {
  std::vector<std::string> names;
  if (table_)
    for (const Method& method : methods_) names.push_back(method.name);
  return names;
}

}  // namespace daxmend
