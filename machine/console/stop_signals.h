// SPDX-License-Identifier: GPL-2.0-only
//
// The signals that end a guest, as a file descriptor: they do not interrupt,
// and who made them stop has time to put things back.
//
// Not thread-safe; one at a time.

#ifndef DAXMEND_MACHINE_CONSOLE_STOP_SIGNALS_H_
#define DAXMEND_MACHINE_CONSOLE_STOP_SIGNALS_H_

#include <csignal>
#include <initializer_list>

#include "system/file_descriptor.h"

namespace daxmend {

class StopSignals {
 public:
  // Takes SIGINT, SIGTERM, SIGHUP and those of `more`; gives them back when it
  // goes. Throws Error.
  explicit StopSignals(std::initializer_list<int> more = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Can be read when there is one to Take().
  int fd() const { return fd_.get(); }
  int Take() const;

 private:
  sigset_t before_;
  FileDescriptor fd_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CONSOLE_STOP_SIGNALS_H_
