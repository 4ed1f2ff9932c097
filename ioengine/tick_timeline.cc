// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/tick_timeline.h"

namespace daxmend {

void TickTimeline::Flush() {
  if (slot_.ios == 0) return;
  timeline_->Add(clock_->ToNanoseconds(ended_ - begun_), slot_);
  slot_ = {};
}

void TickTimeline::NextSlot(uint64_t ended) {
  Flush();
  const uint64_t ns = clock_->ToNanoseconds(ended - begun_);
  // The slot may be wider once this I/O is in it, and is then flushed early.
  const uint64_t width = timeline_->slot_ns();
  until_ = begun_ + clock_->ToTicks(ns - ns % width + width);
}

}  // namespace daxmend
