// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/options.h"

#include <climits>
#include <cstddef>

#include "recovery/salvage_plan.h"

namespace daxmend {
namespace {

// FIO_OPT_STR_STORE would say no more than "failed parsing" about a value that
// is missing, which is what an unset variable in a job file leaves.
int Store(char** to, const char* option, const char* value) {
  if (value == nullptr || *value == 0 || std::strstr(value, "${")) {
    log_err(
        "daxmend: %s= has no value (an unset variable?): set it, or leave %s= "
        "out\n",
        option, option);
    return 1;
  }
  *to = strdup(value);
  return *to ? 0 : 1;
}

int StoreBackup(void* options, const char* value) {
  return Store(&static_cast<Options*>(options)->backup, "backup", value);
}

int StorePathLog(void* options, const char* value) {
  return Store(&static_cast<Options*>(options)->path_log, "path_log", value);
}

int StoreRwfFlags(void* options, const long long* value) {
  auto* to = static_cast<Options*>(options);
  to->rwf_flags = static_cast<unsigned>(*value);
  to->rwf_flags_given = 1;
  return 0;
}

constexpr unsigned kSyscall = static_cast<unsigned>(Access::kSyscall);
constexpr unsigned kMmap = static_cast<unsigned>(Access::kMmap);
constexpr unsigned kNone = static_cast<unsigned>(Strategy::kNone);
constexpr unsigned kWrite = static_cast<unsigned>(Strategy::kWrite);
constexpr unsigned kFlag = static_cast<unsigned>(Strategy::kFlag);
constexpr unsigned kClear = static_cast<unsigned>(Strategy::kClear);
constexpr unsigned kPunch = static_cast<unsigned>(Strategy::kPunch);
constexpr unsigned kSector = static_cast<unsigned>(SalvageUnit::kSector);
constexpr unsigned kPage = static_cast<unsigned>(SalvageUnit::kPage);

fio_option table[] = {
    {
        .name = "access",
        .lname = "Access",
        .type = FIO_OPT_STR,
        .off1 = offsetof(Options, access),
        .help = "How bytes move between the file and memory",
        .def = "syscall",
        .posval =
            {{.ival = "syscall",
              .oval = kSyscall,
              .help = "pread and pwrite (with rwf_flags=: preadv2 and "
                      "pwritev2)"},
             {.ival = "mmap",
              .oval = kMmap,
              .help =
                  "Loads and stores, durable at once on DAX; poison is EIO"}},
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "recovery",
        .lname = "Recovery",
        .type = FIO_OPT_STR,
        .off1 = offsetof(Options, recovery),
        .help = "What to do when an I/O meets poison",
        .def = "none",
        .posval = {{.ival = "none",
                    .oval = kNone,
                    .help = "Let the I/O fail with its error"},
                   {.ival = "write",
                    .oval = kWrite,
                    .help = "Salvage the good sectors of the poisoned pages, "
                            "rewrite the pages, and finish the I/O"},
                   {.ival = "auto",
                    .oval = kRecoveryAuto,
                    .help = "write, or clear where a write does not make "
                            "poison good (CXL memory)"},
                   {.ival = "flag",
                    .oval = kFlag,
                    .help = "The same by preadv2 and pwritev2 with "
                            "recovery_flag, on a kernel that has one"},
                   {.ival = "clear",
                    .oval = kClear,
                    .help = "The same in two steps: clear the poison by "
                            "firmware, then write the pages"},
                   {.ival = "punch",
                    .oval = kPunch,
                    .help = "The same in other blocks: punch a hole, write "
                            "the pages, and leave the poison behind"}},
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "recovery_flag",
        .lname = "Recovery flag",
        .type = FIO_OPT_INT,
        .off1 = offsetof(Options, recovery_flag),
        .maxval = INT_MAX,
        .help = "The RWF_* bit that recovery=flag passes; refused where the "
                "kernel uses it for something else",
        .def = "0x20",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "salvage",
        .lname = "Salvage",
        .type = FIO_OPT_STR,
        .off1 = offsetof(Options, salvage),
        .help = "What to salvage of a poisoned page",
        .def = "sector",
        .posval = {{.ival = "sector",
                    .oval = kSector,
                    .help = "Every good sector, read from the block device"},
                   {.ival = "page",
                    .oval = kPage,
                    .help = "Nothing: only pages without poison, which the "
                            "file system can still read"}},
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "rwf_flags",
        .lname = "RWF flags",
        .type = FIO_OPT_INT,
        .maxval = INT_MAX,
        .cb = reinterpret_cast<void*>(StoreRwfFlags),
        .help = "RWF_* bits (linux/fs.h) to pass with every read and write; 0 "
                "makes the same calls without any",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "userfault_poison",
        .lname = "Poison by userfaultfd",
        .type = FIO_OPT_INT,
        .off1 = offsetof(Options, userfault_poison),
        .maxval = INT_MAX,
        .help = "Poison this many pages of the job's own mapping before its "
                "first I/O, evenly spread, by UFFDIO_POISON (access=mmap, a "
                "file of tmpfs, Linux 6.6)",
        .def = "0",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "backup",
        .lname = "Backup",
        .type = FIO_OPT_STR,
        .cb = reinterpret_cast<void*>(StoreBackup),
        .help = "A copy of the file to take lost bytes from (default: they "
                "become zeros and are counted as lost)",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "path_log",
        .lname = "Path log",
        .type = FIO_OPT_STR,
        .cb = reinterpret_cast<void*>(StorePathLog),
        .help = "Write counters and latencies by path to this file (run.json)",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {
        .name = "allow_nodax",
        .lname = "Allow files that are not DAX",
        .type = FIO_OPT_BOOL,
        .off1 = offsetof(Options, allow_nodax),
        .help = "Accept a file that is not DAX",
        .def = "0",
        .category = FIO_OPT_C_ENGINE,
        .group = FIO_OPT_G_INVALID,
    },
    {.name = nullptr},
};

const char* NameOf(const fio_option& option, unsigned value) {
  for (const value_pair& word : option.posval)
    if (word.ival != nullptr && word.oval == value) return word.ival;
  return "";
}

}  // namespace

fio_option* OptionTable() { return table; }

const char* AccessName(unsigned access) { return NameOf(table[0], access); }

const char* StrategyName(unsigned strategy) {
  return NameOf(table[1], strategy);
}

}  // namespace daxmend
