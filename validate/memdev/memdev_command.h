// SPDX-License-Identifier: GPL-2.0-only
//
// The mailbox commands of a CXL memory device and what it answers them with
// (CXL 3.1, Component Command Interface and Memory Device Command Sets), in
// numbers and in words.
//
// Pure; thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_COMMAND_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_COMMAND_H_

#include <cstdint>
#include <span>
#include <string>

namespace daxmend {

enum class MemdevCommand : uint16_t {
  kGetEvents = 0x0100,
  kClearEvents = 0x0101,
  kGetEventPolicy = 0x0102,
  kSetEventPolicy = 0x0103,
  kGetFirmware = 0x0200,
  kGetTimestamp = 0x0300,
  kSetTimestamp = 0x0301,
  kGetSupportedLogs = 0x0400,
  kGetLog = 0x0401,
  kGetSupportedFeatures = 0x0500,
  kGetFeature = 0x0501,
  kSetFeature = 0x0502,
  kMaintain = 0x0600,
  kIdentify = 0x4000,
  kGetPartition = 0x4100,
  kGetLabels = 0x4102,
  kSetLabels = 0x4103,
  kGetHealth = 0x4200,
  kGetAlerts = 0x4201,
  kSetAlerts = 0x4202,
  kGetShutdown = 0x4203,
  kSetShutdown = 0x4204,
  kGetPoison = 0x4300,
  kInjectPoison = 0x4301,
  kClearPoison = 0x4302,
  kScanCapabilities = 0x4303,
  kScanMedia = 0x4304,
  kScanResults = 0x4305,
  kGetSecurity = 0x4500,
};

// All of them, ascending.
std::span<const MemdevCommand> MemdevCommands();
// "Get Poison List (4300h)"; of a number that is none of them the number.
std::string InWords(MemdevCommand command);
// Whether it changes nothing, whatever it is given.
bool IsReadOnly(MemdevCommand command);
// A question that can be asked of any device; only of those that are read-only.
std::string Question(MemdevCommand command);

// Command Return Codes (CXL 3.1 §8.2.8.4.5.1).
enum class MemdevCode : uint16_t {
  kSuccess = 0x0,
  kBackground = 0x1,  // started, and goes on
  kInvalidInput = 0x2,
  kUnsupported = 0x3,
  kBusy = 0x6,
  kInvalidHandle = 0xe,
  kInvalidAddress = 0xf,
  kPoisonLimit = 0x10,
  kInvalidLength = 0x16,
  kInvalidLog = 0x17,
  kLast = 0x20,    // those in between are of features and dynamic capacity
  kNone = 0xffff,  // of our own: no answer came
};
// "2h (invalid input)"
std::string InWords(MemdevCode code);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_COMMAND_H_
