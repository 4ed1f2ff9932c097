// SPDX-License-Identifier: GPL-2.0-only
//
// The features of an emulated CXL memory device (CXL 3.1, Features): patrol
// scrub and DDR5 error check scrub, whose settings it keeps; it scrubs nothing.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_DEVICE_FEATURES_H_
#define DAXMEND_MACHINE_CXL_DEVICE_FEATURES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "machine/cxl/cxl_reply.h"

namespace daxmend {

class DeviceFeatures {
 public:
  // The three commands; `room`: of an answer.
  CxlReply List(CxlInput in, size_t room) const;
  CxlReply Get(CxlInput in, size_t room) const;
  CxlReply Set(CxlInput in);

  // Whether there is a third one, as long as any can be, which cannot be set.
  void ShowLong(bool show) { shows_long_ = show; }

 private:
  size_t count() const;
  std::optional<size_t> FeatureOf(CxlInput in) const;
  std::vector<std::byte> Value(size_t feature) const;

  bool shows_long_ = false;
  uint8_t scrub_hours_ = 24, scrub_flags_ = 1;
  // Of each part of the media: threshold 256, counted by rows.
  uint8_t ecs_log_ = 0;
  std::array<uint16_t, 2> ecs_config_ = {3, 3};
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_DEVICE_FEATURES_H_
