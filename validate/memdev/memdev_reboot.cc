// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_reboot.h"

#include <fmt/core.h>

#include "core/error.h"
#include "validate/memdev/label_bytes.h"

namespace daxmend {
namespace {

using C = MemdevCommand;

// What says why not; empty when it was done. A device that does it wrongly ends
// the run: the checks before have said so.
template <class Leave>
std::string WhyNot(Leave leave) {
  try {
    leave();
    return "";
  } catch (const CheckEnd& end) {
    if (end.verdict == CheckVerdict::kSkip) return end.reason;
    throw Error(
        {.thing = "the device",
         .cause = fmt::format("could not be prepared for --after-reboot ({})",
                              end.reason),
         .way_out = "run without --before-reboot"});
  }
}

void WriteLabels(MemdevWriter& probe) {
  constexpr uint32_t kBytes = 64;
  const uint32_t at = probe.GetIdentity().label_bytes - kBytes;
  probe.Do(C::kSetLabels, EncodeSetLabels(at, std::string(kBytes, '\x7e')),
           fmt::format("offset {}, {} bytes", at, kBytes));
}

}  // namespace

std::string LastLabels(MemdevProbe& probe) {
  const uint32_t bytes = probe.GetIdentity().label_bytes;
  if (bytes < kTestLabelBytes) probe.Skip("there are too few bytes of labels");
  std::string all;
  constexpr uint32_t kPart = 64;
  for (uint32_t at = bytes - kTestLabelBytes; at < bytes; at += kPart)
    all += probe.GetLabels(at, kPart);
  return all;
}

MemdevRebootMarks LeaveRebootMarks(MemdevWriter& probe) {
  using Marks = MemdevRebootMarks;
  Marks marks;
  marks.no_poison = WhyNot([&] {
    probe.Need({C::kGetPoison, C::kInjectPoison, C::kClearPoison});
    if (probe.facts().persistent_bytes == 0)
      probe.Skip("none of its memory is persistent");
    probe.Poison(probe.Line(Marks::kLeft));
    probe.Poison(probe.Line(Marks::kCleared));
    probe.Unpoison(probe.Line(Marks::kCleared));
  });
  marks.no_labels = WhyNot([&] {
    marks.labels = LastLabels(probe);
    // Where they may not be written those that are there have to last.
    if (!WhyNot([&] { WriteLabels(probe); }).empty()) return;
    marks.labels = LastLabels(probe);
  });
  marks.no_count = WhyNot(
      [&] { marks.dirty_shutdowns = probe.GetHealth().dirty_shutdowns; });
  WhyNot([&] { marks.identity = probe.Get(C::kIdentify); });
  return marks;
}

MemdevUndo UndoOfMarks(const MemdevUndo& undo) {
  MemdevUndo left = undo;
  std::erase_if(left.commands, [](const MemdevUndo::Command& command) {
    return command.command != C::kSetLabels;
  });
  return left;
}

}  // namespace daxmend
