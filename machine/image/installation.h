// SPDX-License-Identifier: GPL-2.0-only
//
// An installed daxmend: what belongs together under one prefix. A program in a
// build tree is none.
//
// A value; thread-safe.

#ifndef DAXMEND_MACHINE_IMAGE_INSTALLATION_H_
#define DAXMEND_MACHINE_IMAGE_INSTALLATION_H_

#include <optional>
#include <string>

namespace daxmend {

struct Installation {
  // Where it is now.
  std::string prefix;
  // Where it was installed to; job files name files below that. Another one
  // after `DESTDIR=`, or when the tree was moved.
  std::string named_prefix;

  bool Moved() const { return prefix != named_prefix; }

  std::string Program() const;
  std::string Engine() const;   // need not be there: it is a package of its own
  std::string Data() const;     // share/daxmend
  std::string Plugins() const;  // lib/.../daxmend
  // The same file by the name that job files have for it.
  std::string Named(const std::string& file) const;
};

// That of the program `program` (an absolute path), if it is installed: its
// prefix's share/daxmend/prefix says so.
std::optional<Installation> FindInstallation(const std::string& program);

// That of the running program.
std::optional<Installation> ThisInstallation();

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_INSTALLATION_H_
