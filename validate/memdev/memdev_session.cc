// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_session.h"

#include "core/error.h"

namespace daxmend {
namespace {

constexpr char kDriver[] = "cxl_pci";

}  // namespace

MemdevSession::MemdevSession(const Request& request, MemdevHost& host)
    : host_(host) {
  note_.facts = host.Facts(request.memdev);
  const std::string& name = note_.facts.name;
  if (!request.direct && !request.destructive) {
    device_ = host.ByKernel(note_.facts);
    return;
  }
  const MemdevPlace place = OnlyPlaceOf(host, note_.facts.serial);
  host.RequireUnused(name, request.destructive);
  if (request.direct) {
    host.RequireNoLockdown();
    if (place.address.empty())
      throw Error({.thing = name,
                   .cause = "is not a PCI device, and has no registers to ask "
                            "directly",
                   .way_out = "leave --direct out"});
    note_.address = place.address;
    note_.driver = place.driver;
    if (note_.driver != kDriver)
      throw Error(
          {.thing = name,
           .cause = "has the driver '" + note_.driver + "' and not " + kDriver,
           .way_out = "leave --direct out"});
  }
  if (request.reboot == Reboot::kAfter)
    TakeNote(request);
  else
    notes_.emplace(request.journal, note_.facts.serial);
  if (!request.direct) {
    device_ = host.ByKernel(note_.facts);
    return;
  }
  notes_->Write(note_);
  try {
    host.Unbind(note_.address, note_.driver);
    device_ = host.Directly(note_.facts, note_.address);
  } catch (...) {
    host.Bind(note_.address, note_.driver);
    if (!note_.marks) notes_->Remove();
    throw;
  }
}

// What was read one way may be what only that way puts back.
void MemdevSession::TakeNote(const Request& request) {
  MemdevNote waits;
  notes_.emplace(request.journal, note_.facts.serial, waits);
  if (waits.direct() != request.direct)
    throw Error(
        {.thing = note_.facts.name,
         .cause = waits.direct() ? "waits for a run with --direct"
                                 : "waits for a run through the kernel",
         .way_out = waits.direct() ? "add --direct" : "leave --direct out"});
  note_.undo = std::move(waits.undo);
  note_.marks = std::move(waits.marks);
}

MemdevSession::~MemdevSession() {
  if (ended_) return;
  try {
    End();
  } catch (const std::exception&) {
    // The note stays, and says what is left to do.
  }
}

void MemdevSession::Keep(const MemdevUndo& undo) {
  note_.undo = undo;
  if (notes_) notes_->Write(note_);
}

MemdevLeft MemdevSession::Left() const {
  return {.undo = note_.undo, .marks = note_.marks.value()};
}

void MemdevSession::Leave(const MemdevLeft& left) {
  note_.undo = left.undo;
  note_.marks = left.marks;
  notes_.value().Write(note_);
}

void MemdevSession::Restored() {
  note_.undo = {};
  note_.marks.reset();
}

void MemdevSession::End() {
  ended_ = true;
  device_.reset();
  if (note_.direct()) host_.Bind(note_.address, note_.driver);
  if (notes_ && note_.undo.empty() && !note_.marks) notes_->Remove();
}

}  // namespace daxmend
