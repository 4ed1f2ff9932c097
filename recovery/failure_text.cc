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
             "): the firmware refuses to clear it, or this kernel never does "
             "(before Linux 5.19; one that wants recovery=flag)";
    case ENOSPC:
      return "the file system has no room for the page: make some, or use "
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
  const std::string cause = std::strerror(error);
  switch (step) {
    case Step::kNone:
      break;
    case Step::kLock:
      return "the pages cannot be locked: " + cause;
    case Step::kLook:
      if (error == EAGAIN)
        return "the poison kept changing while it was recovered: run again";
      return "where the poison is cannot be found out (" + cause +
             "): has the device been removed?";
    case Step::kClear:
      return (clearing_reason.empty() ? "the firmware cannot be asked"
                                      : clearing_reason) +
             " (" + cause + "): use another recovery=";
    case Step::kPunch:
      return "no hole can be punched (" + cause + "): use recovery=write";
    case Step::kWrite:
      return WriteText(error);
  }
  return cause;
}

}  // namespace daxmend
