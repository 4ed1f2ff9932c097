// SPDX-License-Identifier: GPL-2.0-only
//
// Alerts, shutdown state, and health that depends on them.

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_settings {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kHealth = 0x4200, kGetAlerts = 0x4201, kSetAlerts = 0x4202,
                   kGetState = 0x4203, kSetState = 0x4204;
constexpr size_t kShutdownsAt = 6;

// The setting is taken, and another value kept.
R WarningIsOther(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kGetAlerts && device.count)
    SetField(&reply, 3, 1, FieldOf(reply.payload, 3, 1) + 1);
  if (opcode == kSetAlerts) device.count = 1;
  return reply;
}

R SetsAll(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSetAlerts) return device.right(opcode, in);
  std::vector<std::byte> all(in.begin(), in.end());
  if (!all.empty()) StoreLittle(all, 0, 1, 0x1f);
  return device.right(opcode, all);
}

R CannotSwitchOff(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSetAlerts || in.size() < 2) return device.right(opcode, in);
  std::vector<std::byte> on(in.begin(), in.end());
  on[1] = on[0];
  return device.right(opcode, on);
}

R CannotSwitchOn(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode != kSetAlerts || in.size() < 2) return device.right(opcode, in);
  std::vector<std::byte> off(in.begin(), in.end());
  off[1] = std::byte{0};
  return device.right(opcode, off);
}

R AboveCritical(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSetAlerts && reply.status == CxlStatus::kInvalidInput)
    return {};
  return reply;
}

R StateStays(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kSetState) return {};
  return device.right(opcode, in);
}

R StateTurned(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSetState) device.count = 1;
  if (opcode == kGetState && device.count)
    SetField(&reply, 0, 1, FieldOf(reply.payload, 0, 1) ^ 1);
  return reply;
}

R SettingIsAShutdown(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kSetState && FieldOf(in, 0, 1) == 1) ++device.count;
  if (opcode == kHealth) SetField(&reply, kShutdownsAt, 4, device.count);
  return reply;
}

R ResetIsAShutdown(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kHealth) SetField(&reply, kShutdownsAt, 4, device.resets);
  return reply;
}

R ResetTakesAShutdown(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kHealth)
    SetField(&reply, kShutdownsAt, 4, 0x10000 - device.resets);
  return reply;
}

R EveryLookIsAShutdown(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kHealth) SetField(&reply, kShutdownsAt, 4, ++device.count);
  return reply;
}

}  // namespace wrong_settings

std::vector<WrongAnswer> WrongSettings() {
  using namespace wrong_settings;
  return {
      {"alert-warning-is-other", WarningIsOther},
      {"alert-sets-all", SetsAll},
      {"alert-cannot-switch-off", CannotSwitchOff},
      {"alert-cannot-switch-on", CannotSwitchOn},
      {"alert-above-critical", AboveCritical},
      {"shutdown-state-stays", StateStays},
      {"shutdown-state-turned", StateTurned},
      {"shutdown-counts-settings", SettingIsAShutdown},
      {"shutdown-counts-resets", ResetIsAShutdown},
      {"shutdown-count-goes-back", ResetTakesAShutdown},
      {"shutdown-counts-looks", EveryLookIsAShutdown},
  };
}

}  // namespace daxmend
