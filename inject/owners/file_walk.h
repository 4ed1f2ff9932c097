// SPDX-License-Identifier: GPL-2.0-only
//
// Every name in one mounted file system.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_OWNERS_FILE_WALK_H_
#define DAXMEND_INJECT_OWNERS_FILE_WALK_H_

#include <cstdint>
#include <functional>
#include <string>

namespace daxmend {

// A name that was met. Valid during the call only.
struct WalkedName {
  int directory;     // open; the parent
  const char* name;  // in there
  const std::string& path_of_directory;
  uint64_t inode;
  unsigned char type;  // DT_REG, DT_DIR, ...

  std::string path() const;
};

// Calls `visit` for each name below the mount point `point`, the root
// directory itself last (as "."), until it returns false. Goes below what is
// mounted over parts of it (open_tree(2), needs root; without, those parts are
// left out), and never into another file system. What cannot be read is passed
// over. Throws Error when `point` cannot be opened.
void WalkFiles(const std::string& point,
               const std::function<bool(const WalkedName&)>& visit);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_OWNERS_FILE_WALK_H_
