// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_undo.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "validate/memdev/feature_settings.h"
#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_payload.h"

namespace daxmend {
namespace {

using C = MemdevCommand;

uint64_t MachinesClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// Reads what one command sets, and notes how it is set again.
class UndoReader {
 public:
  explicit UndoReader(MemdevTransport& device) : probe_(device) {}

  // `read` ends as a check does where there is nothing to be had.
  void Read(C command, void (*read)(MemdevProbe&, MemdevUndo&),
            MemdevUndo& undo) {
    const size_t before = undo.commands.size();
    try {
      probe_.Need({command});
      if (!probe_.device().CanTell(command))
        probe_.Skip("the kernel's driver keeps " + InWords(command) +
                    " to itself");
      read(probe_, undo);
    } catch (const CheckEnd& end) {
      // All of it, or nothing.
      undo.commands.resize(before);
      undo.refused[command] =
          end.verdict == CheckVerdict::kSkip
              ? end.reason
              : "what " + InWords(command) +
                    " sets cannot be read first: " + end.reason;
    }
  }

 private:
  MemdevProbe probe_;
};

void ReadLabels(MemdevProbe& probe, MemdevUndo& undo) {
  const uint32_t bytes = probe.GetIdentity().label_bytes;
  if (bytes < kTestLabelBytes) probe.Skip("there are too few bytes of labels");
  const uint32_t at = bytes - kTestLabelBytes;
  // What one answer holds, with the input's own eight bytes.
  constexpr uint32_t kPart = 64;
  for (uint32_t i = 0; i < kTestLabelBytes; i += kPart) {
    const std::string part = probe.GetLabels(at + i, kPart);
    probe.Require(part.size() == kPart,
                  fmt::format("{} bytes of labels were asked for and {} came",
                              kPart, part.size()));
    undo.commands.push_back({C::kSetLabels, EncodeSetLabels(at + i, part)});
  }
}

void ReadAlerts(MemdevProbe& probe, MemdevUndo& undo) {
  const Alerts alerts = probe.GetAlerts();
  undo.commands.push_back(
      {C::kSetAlerts,
       EncodeSetAlerts(alerts.programmable, alerts.valid, alerts)});
}

void ReadShutdown(MemdevProbe& probe, MemdevUndo& undo) {
  probe.Need({C::kGetShutdown});
  const std::string state = probe.Get(C::kGetShutdown);
  probe.Require(state.size() == 1,
                fmt::format("the shutdown state has {} bytes", state.size()));
  undo.commands.push_back({C::kSetShutdown, state});
}

void ReadFeatures(MemdevProbe& probe, MemdevUndo& undo) {
  probe.Need({C::kGetFeature});
  for (const FeatureEntry& feature : probe.GetFeatures()) {
    if (!feature.changeable() || !HasKnownSettings(feature.uuid)) continue;
    const std::string value = probe.GetFeature(feature);
    const std::string settings = SettingsOf(feature, value);
    probe.Require(
        value.size() == feature.get_bytes &&
            settings.size() == feature.set_bytes,
        fmt::format("{} has {} bytes, and {} of settings",
                    UuidInWords(feature.uuid), value.size(), settings.size()));
    undo.commands.push_back(
        {C::kSetFeature,
         EncodeSetFeature(feature.uuid, feature.set_version, settings)});
  }
}

void ReadPolicy(MemdevProbe& probe, MemdevUndo& undo) {
  probe.mailbox();
  probe.Need({C::kGetEventPolicy});
  std::string policy = probe.Get(C::kGetEventPolicy);
  probe.Require(policy.size() == 4 || policy.size() == 5,
                fmt::format("the policy has {} bytes", policy.size()));
  // The other bits are the device's.
  for (char& setting : policy) setting &= 3;
  undo.commands.push_back({C::kSetEventPolicy, policy});
}

void ReadTimestamp(MemdevProbe& probe, MemdevUndo& undo) {
  probe.mailbox();
  probe.Need({C::kGetTimestamp});
  const std::string time = probe.Get(C::kGetTimestamp);
  probe.Require(time.size() == 8,
                fmt::format("the timestamp has {} bytes", time.size()));
  undo.commands.push_back({C::kSetTimestamp, time});
}

// A timestamp goes on from when it was read; 0 is none.
std::string PayloadNow(const MemdevUndo::Command& command, uint64_t read_at) {
  if (command.command != C::kSetTimestamp) return command.payload;
  const auto then = PayloadReader(command.payload).Take<uint64_t>();
  const uint64_t now = std::max(MachinesClock(), read_at);
  return EncodeDpa(then == 0 ? 0 : then + (now - read_at));
}

std::vector<DpaRange> ListedIn(MemdevProbe& probe, DpaRange range) {
  return IntersectAll(range, probe.Listed());
}

// What was injected goes whatever the list says, then what that says.
std::string ClearRange(MemdevWriter& probe, DpaRange range) {
  if (range.empty()) return "";
  std::string kept = probe.ClearInjected();
  try {
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
    if (!left.empty()) kept = "the device keeps " + DpasInWords(left);
  } catch (const CheckEnd& end) {
    if (kept.empty()) kept = end.reason;
  }
  return kept;
}

}  // namespace

MemdevUndo ReadMemdevUndo(MemdevTransport& device, DpaRange range) {
  MemdevUndo undo{.range = range, .commands = {}, .read_at = MachinesClock()};
  UndoReader reader(device);
  reader.Read(C::kSetLabels, ReadLabels, undo);
  reader.Read(C::kSetAlerts, ReadAlerts, undo);
  reader.Read(C::kSetShutdown, ReadShutdown, undo);
  reader.Read(C::kSetFeature, ReadFeatures, undo);
  reader.Read(C::kSetEventPolicy, ReadPolicy, undo);
  reader.Read(C::kSetTimestamp, ReadTimestamp, undo);
  return undo;
}

std::string PutBack(MemdevWriter& probe, const MemdevUndo& undo,
                    const std::set<MemdevCommand>& told) {
  std::string left =
      told.contains(C::kInjectPoison) ? ClearRange(probe, undo.range) : "";
  for (const MemdevUndo::Command& command : undo.commands) {
    if (!told.contains(command.command)) continue;
    try {
      probe.Do(command.command, PayloadNow(command, undo.read_at), "as it was");
    } catch (const CheckEnd& end) {
      // Whatever the reason: the note has the only copy.
      if (left.empty()) left = end.reason;
    }
  }
  return left;
}

std::string PutBack(MemdevTransport& device, const MemdevUndo& undo) {
  std::set<MemdevCommand> all = {C::kInjectPoison};
  for (const MemdevUndo::Command& command : undo.commands)
    all.insert(command.command);
  MemdevWriter probe(device, undo.range);
  return PutBack(probe, undo, all);
}

}  // namespace daxmend
