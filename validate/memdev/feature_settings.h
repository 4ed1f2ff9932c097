// SPDX-License-Identifier: GPL-2.0-only
//
// What of a feature's value is set, as Set Feature takes it: that of patrol
// scrub and of error check scrub (CXL 3.1 §8.2.9.9.11.1, §8.2.9.9.11.2), which
// checks change.
//
// Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_FEATURE_SETTINGS_H_
#define DAXMEND_VALIDATE_MEMDEV_FEATURE_SETTINGS_H_

#include <string>

#include "validate/memdev/memdev_payload.h"

namespace daxmend {

inline bool HasKnownSettings(const CxlUuid& uuid) {
  return uuid == kPatrolScrub || uuid == kErrorCheckScrub;
}

// The settings in `value`, which Get Feature has answered; of a value that is
// too short they are too short, too.
inline std::string SettingsOf(const FeatureEntry& feature,
                              const std::string& value) {
  const auto part = [&](size_t at, size_t bytes) {
    return at < value.size() ? value.substr(at, bytes) : std::string();
  };
  // Hours of a scrub, and whether there is one.
  if (feature.uuid == kPatrolScrub) return part(1, 1) + part(3, 1);
  // The log's entry type, and of each part of the media two bytes of four.
  std::string settings = part(0, 1);
  for (size_t at = 1; at < value.size(); at += 4) settings += part(at + 1, 2);
  return settings;
}

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_FEATURE_SETTINGS_H_
