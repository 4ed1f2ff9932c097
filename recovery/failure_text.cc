// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/failure_text.h"

#include <cerrno>
#include <cstring>

namespace daxmend {
namespace {

std::string WriteText(int error) {
  switch (error) {
    case EIO:
    case EFAULT:
      return "the kernel did not repair the page (" +
             std::string(std::strerror(error)) +
             "): the firmware refused to clear it, or this kernel does not "
             "clear on write (before Linux 5.19, or one that needs "
             "recovery=flag)";
    case ENOSPC:
      return "the file system has no room for the page: free some, or use "
             "recovery=write";
    default:
      return std::string("the repairing write failed: ") + std::strerror(error);
  }
}

}  // namespace

std::string FailureText(Step step, int error,
                        const std::string& clearing_reason) {
  if (error == EROFS)
    return "the file system is mounted read-only, so nothing can be repaired: "
           "remount it read-write, or set recovery=none";
  if (error == ESTALE)
    return "the device-mapper device of the file was moved since the file was "
           "opened: run again";
  const std::string cause = std::strerror(error);
  switch (step) {
    case Step::kNone:
      break;
    case Step::kLock:
      return "cannot lock the pages: " + cause;
    case Step::kLook:
      if (error == EAGAIN)
        return "the poison kept changing while it was recovered: run again";
      return "cannot locate the poison (" + cause +
             "): has the device been removed?";
    case Step::kShared:
      return "another file shares the poisoned blocks (reflink), and a write "
             "to them reads the poison first: use recovery=punch, which gives "
             "this file blocks of its own";
    case Step::kSalvage:
      return "cannot read the good sectors of a poisoned page (" + cause +
             "), so nothing was changed: run again";
    case Step::kClear:
      return (clearing_reason.empty() ? "the firmware cannot be reached"
                                      : clearing_reason) +
             " (" + cause + "): use another recovery=";
    case Step::kReserve:
      return "cannot reserve room for the page before it is punched (" + cause +
             "), so nothing was changed: " +
             (error == ENOSPC || error == EDQUOT ? "free some, or " : "") +
             "use recovery=write";
    case Step::kPunch:
      return "cannot punch a hole (" + cause + "): use recovery=write";
    case Step::kWrite:
      return WriteText(error);
    case Step::kUnreachable:
      return "a machine check took the page away, and the kernel does not list "
             "it (it keeps no list, or 512 ranges fill it: see 'daxmend "
             "list'), so that no read() or write() reaches it before a reboot: "
             "a mapping may (access=mmap)";
  }
  return cause;
}

}  // namespace daxmend
