// SPDX-License-Identifier: GPL-2.0-only
//
// Whole small files, read and written so that nobody ever sees half of one.
//
// Thread-safe.

#ifndef DAXMEND_CORE_FILE_IO_H_
#define DAXMEND_CORE_FILE_IO_H_

#include <string>
#include <string_view>

namespace daxmend {

// The whole content. Throws Error ("read PATH: cause").
std::string ReadFile(const std::string& path);

// Replaces PATH by `content`: writes a temporary file beside it, syncs it,
// renames it over PATH and syncs the directory. On any error (a full disk, say)
// the old file is untouched, the temporary one is gone, and Error is thrown. A
// PATH that is a symbolic link to a file keeps being a link.
void ReplaceFile(const std::string& path, std::string_view content);

}  // namespace daxmend

#endif  // DAXMEND_CORE_FILE_IO_H_
