// SPDX-License-Identifier: GPL-2.0-only
//
// Whole small files, read and written so that nobody ever sees half of one.
//
// Thread-safe: nothing of the process is changed or needed, its umask included
// (the kernel applies that). Of two that replace the same file at once, the
// last one's content stays, whole.

#ifndef DAXMEND_SYSTEM_FILE_IO_H_
#define DAXMEND_SYSTEM_FILE_IO_H_

#include <sys/types.h>

#include <string>
#include <string_view>

namespace daxmend {

// The whole content, which may come from a pipe or a terminal. Throws Error
// ("read PATH: cause"), also for other devices (/dev/zero has no end) and for
// more than a gibibyte.
std::string ReadFile(const std::string& path);

// Replaces PATH by `content`: writes a temporary file beside it (of a name that
// nobody can guess, and nobody's yet), syncs it, renames it over PATH and syncs
// the directory. On any error (a full disk, say) the old file is untouched, the
// temporary one is gone, and Error is thrown. The new file has the permissions
// `mode` less the umask.
//
// A PATH that is a symbolic link keeps being one, and what it points to is
// replaced; but a link of somebody else in a directory like /tmp is an error
// (safe_path.h). A character device (/dev/null, a terminal) is written to. What
// is neither a file nor that is an error.
void ReplaceFile(const std::string& path, std::string_view content,
                 mode_t mode = 0666);

// Writes all of `bytes` to `fd`. Throws Error ("write WHAT: cause").
void WriteAll(int fd, std::string_view bytes, const std::string& what);

// Makes an empty file PREFIX.XXXXXXXX, of permissions `mode` less the umask,
// under a name that nobody can guess. Returns its name. Throws Error.
std::string MakeScratchFile(const std::string& prefix, mode_t mode = 0666);

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_FILE_IO_H_
