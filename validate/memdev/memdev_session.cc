// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_session.h"

#include "core/error.h"
#include "validate/memdev/direct_memdev.h"
#include "validate/memdev/kernel_memdev.h"
#include "validate/memdev/pci_registers.h"
#include "validate/memdev/unbound_driver.h"

namespace daxmend {
namespace {

constexpr char kDriver[] = "cxl_pci";

}  // namespace

MemdevSession::MemdevSession(const Request& request) {
  note_.facts = FindMemdev(request.memdev);
  const std::string& name = note_.facts.name;
  if (request.direct || request.destructive)
    RequireUnused(name, request.destructive);
  if (request.direct) {
    RequireNoLockdown();
    note_.address = PciAddressOf(name);
    note_.driver = DriverOf(note_.address);
    if (note_.driver != kDriver)
      throw Error(
          {.thing = name,
           .cause = "has the driver '" + note_.driver + "' and not " + kDriver,
           .way_out = "leave --direct out"});
  }
  if (request.direct || request.destructive)
    notes_.emplace(request.journal, note_.facts.serial);
  if (!request.direct) {
    device_ = std::make_unique<KernelMemdev>(note_.facts);
    return;
  }
  notes_->Write(note_);
  try {
    UnbindDriver(note_.address, note_.driver);
    registers_ = std::make_unique<PciRegisters>(note_.address);
    device_ = std::make_unique<DirectMemdev>(note_.facts, *registers_);
  } catch (...) {
    registers_.reset();
    BindDriver(note_.address, note_.driver);
    notes_->Remove();
    throw;
  }
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

void MemdevSession::End() {
  ended_ = true;
  device_.reset();
  registers_.reset();
  if (note_.direct()) BindDriver(note_.address, note_.driver);
  if (notes_ && note_.undo.range.empty()) notes_->Remove();
}

}  // namespace daxmend
