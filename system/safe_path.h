// SPDX-License-Identifier: GPL-2.0-only
//
// Where a file that is to be written really lies. Root who writes to
// /tmp/report.html must not replace /etc/passwd because somebody else left a
// symbolic link of that name there. Linux refuses such links
// (fs.protected_symlinks, fs/namei.c may_follow_link()), but only when it
// follows them itself and where the setting is on; so each step is taken here,
// by the kernel's rule: in a directory that is sticky and that everybody may
// write to, a link is followed only when it belongs to us or to the directory's
// owner.
//
// Thread-safe.

#ifndef DAXMEND_SYSTEM_SAFE_PATH_H_
#define DAXMEND_SYSTEM_SAFE_PATH_H_

#include <sys/types.h>

#include <string>

#include "system/file_descriptor.h"

namespace daxmend {

struct SafePath {
  FileDescriptor directory;  // O_PATH: for openat(2) and its like
  std::string name;          // in it; no symbolic link when it was looked at
  mode_t mode = 0;           // its st_mode, 0 when there is no such file
};

// Follows all links of `path`, a file to be written, a last one too. Whoever
// swaps a file in between gains nothing: every step is made on the descriptor
// that was looked at, and `name` is to be used with O_NOFOLLOW, or as the
// target of renameat(2). Throws Error ("write PATH: cause") for a link that is
// not to be followed, a missing directory, and a path that ends in a directory.
SafePath ResolveSafely(const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_SAFE_PATH_H_
