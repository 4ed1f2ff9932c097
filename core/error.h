// SPDX-License-Identifier: GPL-2.0-only
//
// The errors daxmend shows its users. A message is one line that names the
// thing, the cause and the way out:
//
//   throw Error("/mnt/pmem/f is not DAX (ext4 mounted without -o dax): mount "
//               "it with -o dax, or set allow_nodax=1");
//
// Exceptions are for setting up; the I/O path uses errno values. The command
// line prints what() and exits with 2, fio's hooks log it and fail the job.

#ifndef DAXMEND_CORE_ERROR_H_
#define DAXMEND_CORE_ERROR_H_

#include <stdexcept>
#include <string>

namespace daxmend {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  Error(const std::string& what, int code)
      : std::runtime_error(what), code_(code) {}

  // The errno behind it; 0 where there is none.
  int code() const { return code_; }

 private:
  int code_ = 0;
};

// "what: strerror(error)", e.g. ErrnoError("open /mnt/pmem/f", ENOENT).
Error ErrnoError(const std::string& what, int error);

}  // namespace daxmend

#endif  // DAXMEND_CORE_ERROR_H_
