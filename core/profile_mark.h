// SPDX-License-Identifier: GPL-2.0-only
//
// Marks in the code that `daxmend vm --profile` sees pass by: which reading of
// the clock begins or ends what part of an I/O, and when such a part is
// recorded.
//
//   MarkProfile<ProfileMark::kSalvageBegins>();
//   const uint64_t begun = now_();
//
// A mark is no instruction, only an entry of section daxmend_marks with the
// address of the instruction that follows: code with marks takes as many
// instructions as code without. Who profiles looks at that address
// (machine/profile/tracker.h); nobody else sees it.
//
// Safe everywhere. Elsewhere than on x86-64 a mark is nothing at all.

#ifndef DAXMEND_CORE_PROFILE_MARK_H_
#define DAXMEND_CORE_PROFILE_MARK_H_

#include <cstdint>

namespace daxmend {

enum class ProfileMark : uint32_t {
  kNone = 0,
  // Of the next reading of the clock.
  kIoBegins,
  kIoEnds,
  kDetectEnds,  // of the part that began with the I/O
  kSalvageBegins,
  kSalvageEnds,
  kSaved,  // the salvage ends, and the repair begins
  kRepairBegins,
  kRepairEnds,
  kWindowBegins,
  kWindowEnds,
  kAttemptBegins,  // a write that repairs, or finds out that it does not
  kAttemptEnds,
  // At once: what the last attempt was.
  kAttemptRepaired,
  kAttemptDetected,
  // At once: that part of the I/O becomes a sample of its path.
  kRecordFast,
  kRecordDetect,
  kRecordSalvage,
  kRecordRepair,
  kRecordWindow,
  kRecordRecovery,
  // At once: the I/O has failed, and is no sample of the paths that are whole
  // I/Os.
  kFailed,
  kMarks
};

// An entry of section daxmend_marks.
struct ProfileMarkEntry {
  int32_t from_here;  // the marked instruction, from the address of this member
  uint32_t mark;      // ProfileMark

  uint64_t address() const {
    return reinterpret_cast<uint64_t>(&from_here) +
           static_cast<uint64_t>(static_cast<int64_t>(from_here));
  }
};

template <ProfileMark mark>
[[gnu::always_inline]] inline void MarkProfile() {
#if defined(__x86_64__)
  // "?": in the group of the code, which the linker may drop with it.
  asm volatile(
      "661:\n"
      ".pushsection daxmend_marks, \"a?\", @progbits\n"
      ".balign 4\n"
      ".long 661b - .\n"
      ".long %c0\n"
      ".popsection"
      :
      : "i"(static_cast<uint32_t>(mark)));
#endif
}

}  // namespace daxmend

#endif  // DAXMEND_CORE_PROFILE_MARK_H_
