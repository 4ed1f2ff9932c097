// SPDX-License-Identifier: GPL-2.0-only
//
// The errors daxmend shows its users: one line that names the thing, the cause
// and the way out.
//
//   throw Error({.thing = path,
//                .cause = "is not DAX (ext4 mounted without -o dax)",
//                .way_out = "mount it with -o dax, or set allow_nodax=1"});
//
// reads "/mnt/pmem/f is not DAX (ext4 mounted without -o dax): mount it with -o
// dax, or set allow_nodax=1".
//
// Exceptions are for setting up; the I/O path uses errno values. The command
// line prints what() and exits with 2, fio's hooks log it and fail the job.

#ifndef DAXMEND_CORE_ERROR_H_
#define DAXMEND_CORE_ERROR_H_

#include <concepts>
#include <stdexcept>
#include <string>

namespace daxmend {

struct ErrorParts {
  std::string thing = {};    // a file, a device, an option: the line's subject
  std::string cause = {};    // what is wrong with it; goes on from the thing
  std::string way_out = {};  // what to do about it; none where nothing helps
};

class Error : public std::runtime_error {
 public:
  // "THING CAUSE: WAY OUT"
  explicit Error(ErrorParts parts, int code = 0);
  // Of an error that is passed on: `what` is all that is known of it. A
  // template because GCC 12 would take the braces of parts for a std::string,
  // too.
  template <std::convertible_to<std::string> Text>
  explicit Error(const Text& what, int code = 0)
      : Error(what, {.thing = "", .cause = what, .way_out = ""}, code) {}

  // The errno behind it; 0 where there is none.
  int code() const { return code_; }
  const ErrorParts& parts() const { return parts_; }

 private:
  friend Error ErrnoError(const std::string& what, int error,
                          const std::string& way_out);
  Error(const std::string& what, ErrorParts parts, int code);

  ErrorParts parts_;
  int code_ = 0;
};

// A call that failed: "open /mnt/pmem/f: No such file or directory", and the
// way out behind another colon.
Error ErrnoError(const std::string& what, int error,
                 const std::string& way_out = "");

}  // namespace daxmend

#endif  // DAXMEND_CORE_ERROR_H_
