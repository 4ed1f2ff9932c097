// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_command.h"

#include <fmt/core.h>

#include <array>

namespace daxmend {
namespace {

struct CommandFacts {
  MemdevCommand command;
  const char* name;
  bool read_only;
  size_t question_bytes = 0;
  size_t length_at = 0;  // of the question's length, where it has one
};

using C = MemdevCommand;
constexpr CommandFacts kCommands[] = {
    {C::kGetEvents, "Get Event Records", true, 1},
    {C::kClearEvents, "Clear Event Records", false},
    {C::kGetEventPolicy, "Get Event Interrupt Policy", true},
    {C::kSetEventPolicy, "Set Event Interrupt Policy", false},
    {C::kGetFirmware, "Get FW Info", true},
    {C::kGetTimestamp, "Get Timestamp", true},
    {C::kSetTimestamp, "Set Timestamp", false},
    {C::kGetSupportedLogs, "Get Supported Logs", true},
    {C::kGetLog, "Get Log", true, 24},
    {C::kGetSupportedFeatures, "Get Supported Features", true, 8},
    {C::kGetFeature, "Get Feature", true, 21},
    {C::kSetFeature, "Set Feature", false},
    {C::kMaintain, "Perform Maintenance", false},
    {C::kIdentify, "Identify Memory Device", true},
    {C::kGetPartition, "Get Partition Info", true},
    {C::kGetLabels, "Get LSA", true, 8, 4},
    {C::kSetLabels, "Set LSA", false},
    {C::kGetHealth, "Get Health Info", true},
    {C::kGetAlerts, "Get Alert Configuration", true},
    {C::kSetAlerts, "Set Alert Configuration", false},
    {C::kGetShutdown, "Get Shutdown State", true},
    {C::kSetShutdown, "Set Shutdown State", false},
    {C::kGetPoison, "Get Poison List", true, 16, 8},
    {C::kInjectPoison, "Inject Poison", false},
    {C::kClearPoison, "Clear Poison", false},
    {C::kScanCapabilities, "Get Scan Media Capabilities", true, 16, 8},
    {C::kScanMedia, "Scan Media", false},
    // What was read is gone from the next answer.
    {C::kScanResults, "Get Scan Media Results", false},
    {C::kGetSecurity, "Get Security State", true},
};

const CommandFacts* FactsOf(MemdevCommand command) {
  for (const CommandFacts& facts : kCommands)
    if (facts.command == command) return &facts;
  return nullptr;
}

}  // namespace

std::span<const MemdevCommand> MemdevCommands() {
  static const auto all = [] {
    std::array<MemdevCommand, std::size(kCommands)> out{};
    for (size_t i = 0; i < out.size(); ++i) out[i] = kCommands[i].command;
    return out;
  }();
  return all;
}

std::string InWords(MemdevCommand command) {
  const CommandFacts* facts = FactsOf(command);
  const auto number = static_cast<unsigned>(command);
  return facts ? fmt::format("{} ({:04x}h)", facts->name, number)
               : fmt::format("command {:04x}h", number);
}

bool IsReadOnly(MemdevCommand command) {
  const CommandFacts* facts = FactsOf(command);
  return facts && facts->read_only;
}

std::string Question(MemdevCommand command) {
  const CommandFacts* facts = FactsOf(command);
  std::string question(facts ? facts->question_bytes : 0, '\0');
  // Of one unit; nobody is asked for nothing.
  if (facts && facts->length_at != 0) question[facts->length_at] = 1;
  return question;
}

std::string InWords(MemdevCode code) {
  static constexpr const char* kNames[] = {
      "success",
      "background command started",
      "invalid input",
      "unsupported",
      "internal error",
      "retry required",
      "busy",
      "media disabled",
      "firmware transfer in progress",
      "firmware transfer out of order",
      "firmware verification failed",
      "invalid slot",
      "activation failed, firmware rolled back",
      "activation failed, cold reset required",
      "invalid handle",
      "invalid physical address",
      "inject poison limit reached",
      "permanent media failure",
      "aborted",
      "invalid security state",
      "incorrect passphrase",
      "unsupported mailbox or CCI",
      "invalid payload length",
      "invalid log"};
  if (code == MemdevCode::kNone) return "none";
  const auto number = static_cast<unsigned>(code);
  if (number < std::size(kNames))
    return fmt::format("{:x}h ({})", number, kNames[number]);
  return fmt::format("{:x}h{}", number,
                     code > MemdevCode::kLast ? " (reserved)" : "");
}

}  // namespace daxmend
