// SPDX-License-Identifier: GPL-2.0-only
//
// What the running kernel makes of the bit that strategy `flag` passes to
// preadv2 and pwritev2. RWF_RECOVERY_DATA was proposed as 0x20 in October 2021;
// since Linux 6.9 that bit is RWF_NOAPPEND, which is accepted and means
// something else. An accepted bit is therefore no answer yet.
//
// Thread-safe.

#ifndef DAXMEND_RECOVERY_FLAG_PROBE_H_
#define DAXMEND_RECOVERY_FLAG_PROBE_H_

#include <string>

namespace daxmend {

enum class FlagSupport {
  kUnsupported,  // refused
  kOther,        // something that is not recovery
  kRecovery,     // accepted, and not known or seen to be anything else
};

// "unsupported", "other", "recovery": JobRecord::flag_probe.
const char* FlagSupportName(FlagSupport support);

struct FlagProbe {
  FlagSupport support;
  // Half a sentence: "Linux 6.12.1 uses it for RWF_NOAPPEND".
  std::string finding;
};

// What a file says of a bit.
struct FlagTrial {
  int read_error = 0;  // of a read with the bit: errno, 0 when it succeeded
  // A write with the bit, to a file opened with O_APPEND, went to its offset.
  bool overrides_append = false;
};

// Judges the single bit `flag` on a kernel that calls itself `release` (uname
// -r). What mainline uses the bit for in that version (include/uapi/linux/fs.h)
// counts before what the file says: bits 1 to 0x10 since 4.16 or before, 0x20
// since 6.9, 0x40 since 6.11, 0x80 since 6.14, 0x100 since 6.18.
FlagProbe JudgeFlag(unsigned flag, const std::string& release,
                    const FlagTrial& trial);

// Tries `flag` on a scratch file in `directory`, which is gone afterwards.
// Throws Error when there cannot be one.
FlagTrial TryFlag(unsigned flag, const std::string& directory);

// Both, on this kernel and beside the file `path`.
FlagProbe ProbeFlag(unsigned flag, const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_FLAG_PROBE_H_
