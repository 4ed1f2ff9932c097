// SPDX-License-Identifier: GPL-2.0-only
//
// A profile on disk: made out of what the profiler found and what the guest
// left of its symbols, and read again.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PROFILE_PROFILE_FILES_H_
#define DAXMEND_RESULTS_PROFILE_PROFILE_FILES_H_

#include <optional>
#include <string>
#include <string_view>

#include "records/profile_record.h"

namespace daxmend {

// Where the engine in the guest leaves symbols, below a run's directory.
inline constexpr char kProfileSymbols[] = "profile-symbols";

// Writes DIRECTORY/profile.json and profile.folded from `raw` (raw_profile.h),
// the run.json and the symbols there, which are removed. `caches`: those that
// footprints are of, where there are any. Throws Error.
void WriteProfile(std::string_view raw, const std::string& directory,
                  std::optional<CacheSizes> caches);

// DIRECTORY/profile.json; none where there is no such file. Throws Error when
// it cannot be believed.
std::optional<ProfileRecord> LoadProfile(const std::string& directory);

// Stacks in the form that flame graph tools read: a line each, of frames parted
// by semicolons, a blank and the instructions. Job and path come first.
std::string FoldedStacks(const ProfileRecord& profile);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PROFILE_PROFILE_FILES_H_
