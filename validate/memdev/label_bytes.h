// SPDX-License-Identifier: GPL-2.0-only
//
// Which of a device's label bytes checks write: the last ones. They are saved
// first and put back, for they may be a part of a label slot.
//
// Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_LABEL_BYTES_H_
#define DAXMEND_VALIDATE_MEMDEV_LABEL_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "validate/payload_reader.h"

namespace daxmend {

inline constexpr uint32_t kTestLabelBytes = 256;

// The input payload of Set LSA.
inline std::string EncodeSetLabels(uint32_t offset, std::string_view data) {
  std::string out;
  AppendLittleEndian(out, offset);
  AppendLittleEndian(out, uint32_t{0});
  out += data;
  return out;
}

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_LABEL_BYTES_H_
