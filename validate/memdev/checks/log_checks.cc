// SPDX-License-Identifier: GPL-2.0-only
//
// Supported logs, and the Command Effects Log.

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace log_checks {

constexpr char kArea[] = "Logs";
constexpr char kSupported[] = "CXL 3.1 §8.2.9.5.1";
constexpr char kGetLog[] = "CXL 3.1 §8.2.9.5.2";
constexpr char kEffects[] = "CXL 3.1 §8.2.9.5.2.1";
constexpr char kPairs[] =
    "CXL 3.1 §8.2.9.5.2.1; drivers/cxl/core/mbox.c, cxl_walk_cel (Linux 6.12)";

using C = MemdevCommand;

uint32_t EffectsBytes(MemdevProbe& probe) {
  for (const SupportedLogs::Log& log : probe.GetSupportedLogs().logs)
    if (log.uuid == kCommandEffectsLog) return log.bytes;
  probe.Fail("the Command Effects Log is not among the supported logs");
}

MailboxAnswer AskLog(MemdevProbe& probe, const CxlUuid& uuid, uint32_t offset,
                     uint32_t length) {
  return probe.Ask(C::kGetLog, EncodeGetLog(uuid, offset, length),
                   fmt::format("{}, offset {}, length {}", UuidInWords(uuid),
                               offset, length));
}

void Counted(MemdevProbe& probe) {
  const SupportedLogs logs = probe.GetSupportedLogs();
  probe.Require(logs.logs.size() == logs.count,
                fmt::format("{} logs are declared and {} listed", logs.count,
                            logs.logs.size()));
  probe.Require(logs.reserved_zero, "reserved bytes are not zero");
}

void Sized(MemdevProbe& probe) {
  const uint32_t bytes = EffectsBytes(probe);
  probe.Require(bytes != 0 && bytes % 4 == 0,
                fmt::format("the Command Effects Log has {} bytes", bytes));
}

void AsLongAsDeclared(MemdevProbe& probe) {
  const uint32_t bytes = EffectsBytes(probe);
  if (bytes > probe.facts().payload_bytes)
    probe.Skip("the log does not fit into one answer");
  const MailboxAnswer answer = AskLog(probe, kCommandEffectsLog, 0, bytes);
  probe.RequireCode(answer, MemdevCode::kSuccess);
  probe.Require(answer.bytes.size() == bytes,
                fmt::format("{} bytes were asked for and {} came", bytes,
                            answer.bytes.size()));
}

void InParts(MemdevProbe& probe) {
  const uint32_t bytes = EffectsBytes(probe);
  if (bytes > probe.facts().payload_bytes || bytes < 16)
    probe.Skip("the log does not fit into one answer");
  const std::string whole = AskLog(probe, kCommandEffectsLog, 0, bytes).bytes;
  const MailboxAnswer part = AskLog(probe, kCommandEffectsLog, 8, 8);
  probe.RequireCode(part, MemdevCode::kSuccess);
  probe.Require(whole.size() >= 16 && part.bytes == whole.substr(8, 8),
                "bytes 8 to 16 are others when they are asked for alone");
}

void Unknown(MemdevProbe& probe) {
  CxlUuid nobodys = kCommandEffectsLog;
  nobodys[15] ^= 0xff;
  probe.RequireCode(AskLog(probe, nobodys, 0, 4), MemdevCode::kInvalidLog);
}

void BeyondEnd(MemdevProbe& probe) {
  const uint32_t bytes = EffectsBytes(probe);
  probe.RequireCode(AskLog(probe, kCommandEffectsLog, bytes - 4, 8),
                    MemdevCode::kInvalidInput);
}

void BehindEnd(MemdevProbe& probe) {
  const uint32_t bytes = EffectsBytes(probe);
  probe.RequireCode(AskLog(probe, kCommandEffectsLog, bytes + 4, 4),
                    MemdevCode::kInvalidInput);
}

void Wraps(MemdevProbe& probe) {
  probe.RequireCode(AskLog(probe, kCommandEffectsLog, 0xffff'fffc, 8),
                    MemdevCode::kInvalidInput);
}

void Once(MemdevProbe& probe) {
  std::set<uint16_t> seen;
  for (const CommandEffect& effect : probe.effects()) {
    probe.Require(effect.opcode != 0, "opcode 0 is listed");
    probe.Require(seen.insert(effect.opcode).second,
                  fmt::format("{:04x}h is listed twice", effect.opcode));
  }
}

void Mandatory(MemdevProbe& probe) {
  for (C command :
       {C::kGetEvents, C::kClearEvents, C::kGetEventPolicy, C::kSetEventPolicy,
        C::kGetSupportedLogs, C::kGetLog, C::kIdentify})
    probe.Require(probe.Offers(command), InWords(command) + " is not listed");
}

void PoisonTogether(MemdevProbe& probe) {
  if (!probe.Offers(C::kInjectPoison)) probe.Skip("it cannot inject poison");
  for (C command : {C::kGetPoison, C::kClearPoison})
    probe.Require(probe.Offers(command),
                  InWords(command) + " is not listed, Inject Poison is");
}

void SetHasGet(MemdevProbe& probe) {
  for (const auto& [set, get] :
       {std::pair{C::kSetEventPolicy, C::kGetEventPolicy},
        {C::kSetTimestamp, C::kGetTimestamp},
        {C::kSetLabels, C::kGetLabels},
        {C::kSetAlerts, C::kGetAlerts},
        {C::kSetShutdown, C::kGetShutdown},
        {C::kSetFeature, C::kGetFeature},
        {C::kGetFeature, C::kGetSupportedFeatures},
        {C::kScanMedia, C::kScanResults},
        {C::kClearEvents, C::kGetEvents}})
    probe.Require(!probe.Offers(set) || probe.Offers(get),
                  InWords(set) + " is listed and " + InWords(get) + " is not");
}

uint16_t EffectsOf(MemdevProbe& probe, C command) {
  for (const CommandEffect& effect : probe.effects())
    if (effect.opcode == static_cast<uint16_t>(command)) return effect.effects;
  probe.Skip("the device does not offer " + InWords(command));
}

void LabelsChangeData(MemdevProbe& probe) {
  constexpr uint16_t kWanted = kEffectConfiguration | kEffectData;
  const uint16_t effects = EffectsOf(probe, C::kSetLabels);
  probe.Require((effects & kWanted) == kWanted,
                fmt::format("Set LSA has effects {:#x}", effects));
}

void ScanIsBackground(MemdevProbe& probe) {
  const uint16_t effects = EffectsOf(probe, C::kScanMedia);
  probe.Require(effects & kEffectBackground,
                fmt::format("Scan Media has effects {:#x}", effects));
}

void GetsHaveNone(MemdevProbe& probe) {
  constexpr uint16_t kChanges =
      1 << 0 | kEffectConfiguration | kEffectData | kEffectPolicy | kEffectLog;
  for (const CommandEffect& effect : probe.effects())
    if (IsReadOnly(static_cast<C>(effect.opcode)))
      probe.Require(
          (effect.effects & kChanges) == 0,
          fmt::format("{} has effects {:#x}",
                      InWords(static_cast<C>(effect.opcode)), effect.effects));
}

void ListedAnswer(MemdevProbe& probe) {
  probe.mailbox();
  for (const CommandEffect& effect : probe.effects()) {
    const auto command = static_cast<C>(effect.opcode);
    // An unknown feature is unsupported, too.
    if (!IsReadOnly(command) || command == C::kGetFeature) continue;
    const MailboxAnswer answer = probe.Ask(command, Question(command));
    probe.Require(answer.code != MemdevCode::kUnsupported,
                  InWords(command) + " is listed and unsupported");
  }
}

void OthersDoNot(MemdevProbe& probe) {
  probe.mailbox();
  for (C command : MemdevCommands()) {
    if (!IsReadOnly(command) || probe.Offers(command)) continue;
    const MailboxAnswer answer = probe.Ask(command, Question(command));
    probe.Require(answer.code == MemdevCode::kUnsupported ||
                      answer.code == MemdevCode::kInvalidLength,
                  InWords(command) + " is not listed and answered with " +
                      InWords(answer.code));
  }
}

}  // namespace log_checks

std::vector<MemdevCheck> LogChecks() {
  using namespace log_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"LOG-01", "As many logs are listed as declared", kSupported, kArea},
       kBoth,
       Counted},
      {{"LOG-02", "The Command Effects Log is one, of entries of 4 bytes",
        kSupported, kArea},
       kBoth,
       Sized},
      {{"LOG-03", "It is as long as declared", kGetLog, kArea},
       kBoth,
       AsLongAsDeclared},
      {{"LOG-04", "A part of it is the same bytes", kGetLog, kArea},
       kBoth,
       InParts},
      {{"LOG-05", "An unknown log is refused (17h)", kGetLog, kArea},
       kBoth,
       Unknown},
      {{"LOG-06", "A part across its end is refused (2h)", kGetLog, kArea},
       kBoth,
       BeyondEnd},
      {{"LOG-07", "A part behind its end is refused (2h)", kGetLog, kArea},
       kBoth,
       BehindEnd},
      {{"LOG-08", "A part whose end wraps is refused (2h)", kGetLog, kArea},
       kBoth,
       Wraps},
      {{"CEL-01", "No opcode is listed twice", kEffects, kArea}, kBoth, Once},
      {{"CEL-02", "Events, logs and Identify are listed", kEffects, kArea},
       kBoth,
       Mandatory},
      {{"CEL-03", "Who injects poison can list and clear it", kPairs, kArea},
       kBoth,
       PoisonTogether},
      {{"CEL-04", "What can be set can be asked for", kEffects, kArea},
       kBoth,
       SetHasGet},
      {{"CEL-05", "Set LSA changes configuration and data at once", kEffects,
        kArea},
       kBoth,
       LabelsChangeData},
      {{"CEL-06", "Scan Media is a background command", kEffects, kArea},
       kBoth,
       ScanIsBackground},
      {{"CEL-07", "Commands that only ask have no effects", kEffects, kArea},
       kBoth,
       GetsHaveNone},
      {{"CEL-08", "Every question that is listed is answered", kEffects, kArea},
       kDirect,
       ListedAnswer},
      {{"CEL-09", "No question that is not listed is answered", kEffects,
        kArea},
       kDirect,
       OthersDoNot},
  };
}

}  // namespace daxmend
