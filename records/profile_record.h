// SPDX-License-Identifier: GPL-2.0-only
//
// profile.json: which functions the instructions of a run went to, for every
// job and path of its run.json, in whole numbers. `daxmend vm --profile` writes
// it.
//
// An instruction belongs to the I/O between whose two readings of the clock it
// was executed. What the thread of the I/O did is its work; interrupts that
// came meanwhile, and what other threads did while it waited, are apart. The
// three add up to the time that the engine measured under the virtual clock,
// but for time in which nothing ran at all.
//
// Upkeep is the part of the work that depends on what the machine did before or
// on what time it is: the kernel's allocators and its scheduler, where it lets
// interrupts in, what file times want (ioengine/kernel_upkeep.h has the list),
// and what these call. The rest is steady: the same wherever the same is asked
// for.
//
// Plain data; not thread-safe.

#ifndef DAXMEND_RECORDS_PROFILE_RECORD_H_
#define DAXMEND_RECORDS_PROFILE_RECORD_H_

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/footprint.h"
#include "records/run_record.h"

namespace daxmend {

inline constexpr int kProfileRecordSchema = 2;

// The module of what the kernel interprets: methods of the firmware's AML. They
// have no instructions of their own; those of the interpreter are below them.
inline constexpr char kFirmwareModule[] = "firmware";

struct ProfileFunction {
  std::string module;  // "kernel", "nfit", "fio-daxmend.so", "libc.so.6"
  std::string name;    // "dax_iomap_rw"
  auto operator<=>(const ProfileFunction&) const = default;
  bool operator==(const ProfileFunction&) const = default;
};

// Instructions of its last function, called from the others, the first of which
// did the I/O: indices of ProfileRecord::functions.
using ProfileStacks = std::map<std::vector<uint32_t>, uint64_t>;

// How many I/Os touched how much, by FootprintCount; empty where nobody
// counted.
using Footprint = std::array<std::map<uint64_t, uint64_t>, kFootprintCounts>;

struct ProfilePath {
  uint64_t ios = 0;
  // Sums of all I/Os.
  uint64_t work = 0, interrupts = 0, others = 0;
  uint64_t upkeep = 0;  // of the work
  // How many I/Os took how many instructions of work, and of work without
  // upkeep.
  std::map<uint64_t, uint64_t> work_of_ios, steady_of_ios;
  Footprint footprint;             // of the work
  ProfileStacks stacks;            // of the work
  ProfileStacks interrupt_stacks;  // from the interrupt's first function on
  ProfileStacks other_stacks;      // one function each

  uint64_t total() const { return work + interrupts + others; }
  bool operator==(const ProfilePath&) const = default;
};

struct ProfileJob {
  std::string name;
  uint64_t number = 0;
  std::array<ProfilePath, kPaths> paths;

  ProfilePath& path(Path p) { return paths[static_cast<size_t>(p)]; }
  const ProfilePath& path(Path p) const {
    return paths[static_cast<size_t>(p)];
  }
  bool operator==(const ProfileJob&) const = default;
};

struct ProfileRecord {
  int schema = kProfileRecordSchema;
  std::vector<ProfileFunction> functions;  // ascending, each once
  std::vector<ProfileJob> jobs;            // as in run.json
  std::optional<CacheSizes> caches;        // that footprints are of

  // The job of that name; null when there is none.
  const ProfileJob* Find(const std::string& name) const;
  bool operator==(const ProfileRecord&) const = default;
};

// Instructions by function, its callees' not included; the most first.
std::vector<std::pair<ProfileFunction, uint64_t>> SelfOf(
    const ProfileRecord& record, const ProfileStacks& stacks);

// The JSON text of profile.json, ending in a newline. Equal records give equal
// bytes.
std::string ToJson(const ProfileRecord& record);

// Reads it. Throws Error naming `source` and the key at fault: not JSON,
// another schema, missing keys, an index without a function, parts that do not
// add up.
ProfileRecord ProfileRecordFromJson(std::string_view text,
                                    const std::string& source);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_PROFILE_RECORD_H_
