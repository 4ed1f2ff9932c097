// SPDX-License-Identifier: GPL-2.0-only
//
// A namespace for destructive checks: found by its name, locked, and nobody
// else's. Holds the journal's lock while it lives. Not thread-safe.

#ifndef DAXMEND_VALIDATE_BORROWED_NAMESPACE_H_
#define DAXMEND_VALIDATE_BORROWED_NAMESPACE_H_

#include <memory>
#include <string>

#include "validate/validation.h"

namespace daxmend {

class BorrowedNamespace {
 public:
  // `bus`: where it has to be. Forgets what an earlier run left in `journal`
  // and somebody repaired since, unless this is the run after a reboot. Throws
  // Error when there is no such namespace, it is on another bus, or its disk is
  // in use.
  BorrowedNamespace(const std::string& name, const std::string& bus,
                    const std::string& journal, Reboot reboot);
  ~BorrowedNamespace();

  const ValidationTarget& target() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_BORROWED_NAMESPACE_H_
