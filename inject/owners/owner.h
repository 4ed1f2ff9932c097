// SPDX-License-Identifier: GPL-2.0-only
//
// Who owns a part of a device.
//
// Values; thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_OWNER_H_
#define DAXMEND_INJECT_OWNERS_OWNER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/range.h"

namespace daxmend {

struct Owner {
  enum class Kind {
    kUnknown,    // no mounted file system is there that could be asked
    kFile,       // `path`, `inode`
    kNameless,   // a file that has an inode and no name: deleted, still open
    kMetadata,   // of the file system; `path` where it is a directory's
    kFree,       // no file's
    kAllocated,  // in use, by no file found: metadata of some kind, or a file
                 // that was made or moved meanwhile
    kUnseen,     // of the file system that is mounted at `path` and whose
                 // owner of it (`inode`, where known) is not seen from here
    kNamespace,  // of the NVDIMM namespace `path`, or of none, and on no disk
  };
  Kind kind = Kind::kUnknown;
  std::string path = {};
  uint64_t inode = 0;
  uint64_t links = 0;  // names the file has, where known
  // kNamespace: what it is used for; kUnknown: the devices above
  std::string detail = {};
  bool operator==(const Owner&) const = default;
};

// Another owner of bytes that several have, and where a file has them.
struct Sharer {
  Owner owner;
  std::optional<FileRange> file;
  bool operator==(const Sharer&) const = default;
};

// For programs: "file", "nameless file", "metadata", "free", "allocated",
// "unseen", "namespace", "unknown".
std::string_view NameOf(Owner::Kind kind);
// For people: "/mnt/pmem/f", "free space", ... Printable.
std::string Describe(const Owner& owner);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_OWNER_H_
