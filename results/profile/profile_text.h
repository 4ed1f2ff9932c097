// SPDX-License-Identifier: GPL-2.0-only
//
// A profile on the terminal: a table of functions for every job and path, and
// what two profiles differ in.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_PROFILE_PROFILE_TEXT_H_
#define DAXMEND_RESULTS_PROFILE_PROFILE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "records/profile_record.h"

namespace daxmend {

// The instructions of work of the I/O in the middle; of an even number the one
// below. 0 without I/Os.
uint64_t MedianWork(const ProfilePath& path);
// The same of the work without upkeep.
uint64_t MedianSteady(const ProfilePath& path);

// Is it the emulated firmware's: does the kernel interpret AML in it?
bool IsFirmware(const ProfileFunction& function);
// The work of all I/Os of `path` in the firmware: in such functions and what
// they call.
uint64_t FirmwareWork(const ProfileRecord& record, const ProfilePath& path);
// The same by method of its AML, without what that calls; the most first. What
// the kernel does before the first one and between two evaluations is of none.
// Empty where the profiler did not know the firmware's methods.
std::vector<std::pair<std::string, uint64_t>> FirmwareMethods(
    const ProfileRecord& record, const ProfilePath& path);
// "_SB_.NVDR.WALK 210,113, _SB_.NVDR.LEAF 95,520, 7 more 1,204" an I/O: the
// first `most` of them.
std::string MethodsText(const ProfileRecord& record, const ProfilePath& path,
                        size_t most);

// "loads 312 (at most 340), stores 104 (104), ...": the median I/O's, and the
// most of any; empty where nobody counted.
std::string FootprintText(const ProfilePath& path);

// What the modelled caches are: "32 KiB and 32 KiB, 8 ways ...".
std::string CachesText(const CacheSizes& caches);

// Instructions of an I/O: "527", "12,345.50" where they differ from I/O to I/O.
std::string PerIoText(uint64_t instructions, uint64_t ios);

// Sums of all I/Os of a path that the engine measured, and what is not in the
// profile of them: time in which nothing was executed. 0 where all is.
struct ProfileGap {
  std::string job;
  Path path;
  uint64_t ios_measured, ios;
  uint64_t measured, counted;
  bool empty() const { return ios_measured == ios && measured == counted; }
};
// Of every path that either has.
std::vector<ProfileGap> GapsOf(const ProfileRecord& profile,
                               const RunRecord& run);

// At most `functions` rows a path, and one for the rest.
std::string ProfileAsText(const ProfileRecord& profile, const RunRecord& run,
                          size_t functions, size_t columns);

// A function whose instructions per I/O differ: `b` less `a`.
struct FunctionChange {
  ProfileFunction function;
  double a, b;
  double change() const { return b - a; }
};
struct PathChange {
  std::string job;
  Path path;
  uint64_t a, b;  // medians of the work without upkeep
  double mean_a, mean_b;
  std::vector<FunctionChange> functions;  // the largest change first
};
// Of paths that both have; those without a change have no functions.
std::vector<PathChange> Changes(const ProfileRecord& a, const ProfileRecord& b);

std::string ChangesAsText(const std::vector<PathChange>& changes,
                          size_t functions, size_t columns);
std::string ChangesAsJson(const std::vector<PathChange>& changes);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PROFILE_PROFILE_TEXT_H_
