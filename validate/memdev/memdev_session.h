// SPDX-License-Identifier: GPL-2.0-only
//
// A CXL memory device for as long as it is validated: found, asked in one of
// two ways, and as it was afterwards. Where it is asked directly, or written
// to, a note says how that is undone (memdev_note.h), whatever happens to this
// process.
//
// Needs root. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_SESSION_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_SESSION_H_

#include <memory>
#include <optional>
#include <string>

#include "validate/memdev/memdev_note.h"
#include "validate/memdev/memdev_reboot.h"
#include "validate/reboot.h"

namespace daxmend {

class MemdevSession {
 public:
  struct Request {
    std::string memdev;  // "mem0", or its serial number
    bool direct = false;
    bool destructive = false;
    Reboot reboot = Reboot::kNone;
    std::string journal;
  };

  // Throws Error where there is no such device, it is in use, it could not be
  // found again, another validation has it or has left it changed, nothing
  // waits for a run after a reboot or what does was left the other way, or,
  // directly, the kernel is locked down or another driver has it. `host`
  // outlives this.
  MemdevSession(const Request& request, MemdevHost& host);
  // Gives the driver back if End() was not called.
  ~MemdevSession();
  MemdevSession(const MemdevSession&) = delete;
  MemdevSession& operator=(const MemdevSession&) = delete;

  MemdevTransport& device() { return *device_; }
  // Notes how what is going to be changed is undone.
  void Keep(const MemdevUndo& undo);
  // What a run before a reboot has left; only after one.
  MemdevLeft Left() const;
  // Notes what this one leaves.
  void Leave(const MemdevLeft& left);
  // All of that is done.
  void Restored();
  // The driver is given back; the note is forgotten when nothing is left to
  // undo. Throws Error.
  void End();

 private:
  void TakeNote(const Request& request);

  MemdevHost& host_;
  MemdevNote note_;
  std::optional<MemdevNotes> notes_;
  std::unique_ptr<MemdevTransport> device_;
  bool ended_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_SESSION_H_
