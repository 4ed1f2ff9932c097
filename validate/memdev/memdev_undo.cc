// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_undo.h"

#include <fmt/core.h>

#include <cerrno>
#include <functional>

#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_payload.h"
#include "validate/memdev/memdev_probe.h"

namespace daxmend {
namespace {

using C = MemdevCommand;

// Does `read`; a check's end means that there is nothing to be had.
void IfPossible(const std::function<void()>& read) {
  try {
    read();
  } catch (const CheckEnd&) {
    // What cannot be read cannot be put back, and is for the checks to find.
  }
}

// What nobody can set, no check changes, and nobody has to put back.
bool CanSet(MemdevProbe& probe, C command) {
  return probe.Offers(command) && probe.device().CanTell(command);
}

std::vector<DpaRange> ListedIn(MemdevProbe& probe, DpaRange range) {
  std::vector<DpaRange> listed;
  for (DpaRange bad : probe.Listed())
    if (bad.Overlaps(range)) listed.push_back(Intersect(bad, range));
  return listed;
}

}  // namespace

MemdevUndo ReadMemdevUndo(MemdevTransport& device, DpaRange range) {
  MemdevProbe probe(device);
  MemdevUndo undo{.range = range, .commands = {}};
  IfPossible([&] {
    const uint32_t bytes = probe.GetIdentity().label_bytes;
    if (bytes < kTestLabelBytes || !CanSet(probe, C::kSetLabels)) return;
    const uint32_t at = bytes - kTestLabelBytes;
    // What one answer holds, with the input's own eight bytes.
    constexpr uint32_t kPart = 64;
    for (uint32_t i = 0; i < kTestLabelBytes; i += kPart)
      undo.commands.push_back(
          {C::kSetLabels,
           EncodeSetLabels(at + i, probe.GetLabels(at + i, kPart))});
  });
  IfPossible([&] {
    const Alerts alerts = probe.GetAlerts();
    if (!CanSet(probe, C::kSetAlerts)) return;
    undo.commands.push_back(
        {C::kSetAlerts,
         EncodeSetAlerts(alerts.programmable, alerts.valid, alerts)});
  });
  IfPossible([&] {
    probe.Need({C::kGetShutdown});
    if (!CanSet(probe, C::kSetShutdown)) return;
    undo.commands.push_back({C::kSetShutdown, probe.Get(C::kGetShutdown)});
  });
  return undo;
}

std::string ClearMemdevRange(MemdevTransport& device, DpaRange range) {
  MemdevWriter probe(device, range);
  try {
    if (!probe.Offers(C::kGetPoison) || !probe.Offers(C::kClearPoison))
      return "";
    // Again, for a list that somebody has begun to read goes on where that
    // ended.
    constexpr int kMostTimes = 3;
    std::vector<DpaRange> left = ListedIn(probe, range);
    for (int time = 0; time < kMostTimes && !left.empty(); ++time) {
      for (DpaRange bad : left)
        for (uint64_t dpa = bad.begin; dpa < bad.end; dpa += kMediaLineBytes)
          probe.Unpoison(dpa);
      left = ListedIn(probe, range);
    }
    return left.empty() ? "" : "the device keeps " + DpasInWords(left);
  } catch (const CheckEnd& end) {
    return end.reason;
  }
}

std::string PutBack(MemdevTransport& device, const MemdevUndo& undo) {
  std::string left = ClearMemdevRange(device, undo.range);
  MemdevWriter probe(device, undo.range);
  for (const MemdevUndo::Command& command : undo.commands) {
    try {
      probe.Do(command.command, command.payload);
    } catch (const CheckEnd& end) {
      // Whatever the reason: the note has the only copy.
      if (left.empty()) left = end.reason;
    }
  }
  return left;
}

}  // namespace daxmend
