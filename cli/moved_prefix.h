// SPDX-License-Identifier: GPL-2.0-only
//
// Lets installed job files run where their files are not at the place they were
// installed to: below DESTDIR, or after the tree was moved. Job files name
// ${DAXMEND_ROOT}/PREFIX/...; while an object lives, DAXMEND_ROOT is a
// directory in which PREFIX is a link to where the files are now.
//
// Does nothing for a program that is where it was installed, or is in a build
// tree, or when DAXMEND_ROOT is set. Not thread-safe: it sets the environment.

#ifndef DAXMEND_CLI_MOVED_PREFIX_H_
#define DAXMEND_CLI_MOVED_PREFIX_H_

#include <optional>
#include <string>

#include "machine/image/installation.h"

namespace daxmend {

class MovedPrefix {
 public:
  // Throws Error when there can be no such directory.
  explicit MovedPrefix(const std::optional<Installation>& installation);
  ~MovedPrefix();
  MovedPrefix(const MovedPrefix&) = delete;
  MovedPrefix& operator=(const MovedPrefix&) = delete;

 private:
  std::string root_;  // empty: nothing was done
};

}  // namespace daxmend

#endif  // DAXMEND_CLI_MOVED_PREFIX_H_
