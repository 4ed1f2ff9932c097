// SPDX-License-Identifier: GPL-2.0-only
//
// Health, alerts, shutdown state, security state.

#include <fmt/core.h>

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace health_checks {

constexpr char kArea[] = "Health";
constexpr char kInfo[] = "CXL 3.1 §8.2.9.9.3.1";
constexpr char kGetAlerts[] = "CXL 3.1 §8.2.9.9.3.2";
constexpr char kSetAlerts[] = "CXL 3.1 §8.2.9.9.3.2, §8.2.9.9.3.3";
constexpr char kShutdown[] = "CXL 3.1 §8.2.9.9.3.4, §8.2.9.9.3.5";
constexpr char kSecurity[] = "CXL 3.1 §8.2.9.9.6.1";

using C = MemdevCommand;
constexpr uint8_t kNotImplemented = 0xff;
constexpr int16_t kNoTemperature = 0x7fff;
// Bits of alerts: life used, over- and under-temperature, corrected errors of
// volatile and of persistent memory.
constexpr uint8_t kLifeUsed = 1 << 0, kOver = 1 << 1, kUnder = 1 << 2;
constexpr uint8_t kAllAlerts = 0x1f;

void LifeUsed(MemdevProbe& probe) {
  const Health health = probe.GetHealth();
  probe.Require(health.life_used <= 100 || health.life_used == kNotImplemented,
                fmt::format("{} % of its life are used", health.life_used));
}

void Temperature(MemdevProbe& probe) {
  const Health health = probe.GetHealth();
  if (health.temperature == kNoTemperature) return;
  probe.Require(health.temperature >= -55 && health.temperature <= 150,
                fmt::format("it is at {} degrees Celsius", health.temperature));
}

void Status(MemdevProbe& probe) {
  const Health health = probe.GetHealth();
  // Maintenance needed, performance degraded, hardware replacement needed, and
  // memory capacity degraded.
  probe.Require((health.status & ~0xf) == 0,
                fmt::format("the health status is {:#x}", health.status));
  probe.Require(health.media <= 9,
                fmt::format("the media status is {}", health.media));
  probe.Require(
      (health.additional & 3) != 3 && (health.additional >> 2 & 3) != 3,
      fmt::format("the additional status is {:#x}", health.additional));
}

void CountersGoOn(MemdevProbe& probe) {
  const Health first = probe.GetHealth();
  const Health second = probe.GetHealth();
  probe.Require(second.dirty_shutdowns == first.dirty_shutdowns,
                "the dirty shutdowns change while the device runs");
  probe.Require(second.corrected_volatile >= first.corrected_volatile &&
                    second.corrected_persistent >= first.corrected_persistent,
                "corrected errors become fewer");
}

void AlertBits(MemdevProbe& probe) {
  const Alerts alerts = probe.GetAlerts();
  probe.Require((alerts.valid & ~kAllAlerts) == 0 &&
                    (alerts.programmable & ~kAllAlerts) == 0,
                fmt::format("valid alerts {:#x}, programmable {:#x}",
                            alerts.valid, alerts.programmable));
}

void AlertOrder(MemdevProbe& probe) {
  const Alerts a = probe.GetAlerts();
  probe.Require(a.life_critical <= 100,
                fmt::format("life used is critical at {} %", a.life_critical));
  probe.Require((a.valid & kLifeUsed) == 0 || a.life_warning <= a.life_critical,
                fmt::format("life used warns at {} % and is critical at {} %",
                            a.life_warning, a.life_critical));
  probe.Require(a.over_critical > a.under_critical,
                fmt::format("over-temperature begins at {} degrees and "
                            "under-temperature at {}",
                            a.over_critical, a.under_critical));
  probe.Require((a.valid & kOver) == 0 || a.over_warning <= a.over_critical,
                "over-temperature warns above what is critical");
  probe.Require((a.valid & kUnder) == 0 || a.under_warning >= a.under_critical,
                "under-temperature warns below what is critical");
}

MailboxAnswer Set(MemdevWriter& probe, uint8_t which, uint8_t enable,
                  const Alerts& warnings) {
  probe.Need({C::kSetAlerts});
  return probe.Tell(C::kSetAlerts, EncodeSetAlerts(which, enable, warnings),
                    fmt::format("alerts {:#x}, enabled {:#x}", which, enable));
}

// One below what it is, or above 0.
uint8_t OtherWarning(const Alerts& alerts) {
  return static_cast<uint8_t>(alerts.life_warning > 1 ? alerts.life_warning - 1
                                                      : 2);
}

void AlertComesBack(MemdevWriter& probe) {
  const Alerts before = probe.GetAlerts();
  if ((before.programmable & kLifeUsed) == 0)
    probe.Skip("the warning of life used cannot be programmed");
  Alerts wanted = before;
  wanted.life_warning = OtherWarning(before);
  probe.RequireCode(Set(probe, kLifeUsed, kLifeUsed, wanted),
                    MemdevCode::kSuccess);
  const Alerts after = probe.GetAlerts();
  probe.Require(after.life_warning == wanted.life_warning,
                fmt::format("a warning at {} % was set, and {} % came back",
                            wanted.life_warning, after.life_warning));
  probe.Require(after.valid & kLifeUsed,
                "the warning was enabled, and is not valid");
}

void OtherAlertsStay(MemdevWriter& probe) {
  const Alerts before = probe.GetAlerts();
  if ((before.programmable & (kLifeUsed | kOver)) != (kLifeUsed | kOver))
    probe.Skip("the warnings cannot be programmed");
  Alerts wanted = before;
  wanted.life_warning = OtherWarning(before);
  wanted.over_warning = static_cast<int16_t>(before.over_warning + 1);
  probe.RequireCode(Set(probe, kLifeUsed, kLifeUsed, wanted),
                    MemdevCode::kSuccess);
  const Alerts after = probe.GetAlerts();
  probe.Require(after.over_warning == before.over_warning &&
                    (after.valid & ~kLifeUsed) == (before.valid & ~kLifeUsed),
                "an alert changed that was not to be set");
}

void AlertSwitchedOff(MemdevWriter& probe) {
  const Alerts before = probe.GetAlerts();
  if ((before.programmable & kLifeUsed) == 0)
    probe.Skip("the warning of life used cannot be programmed");
  probe.RequireCode(Set(probe, kLifeUsed, kLifeUsed, before),
                    MemdevCode::kSuccess);
  probe.RequireCode(Set(probe, kLifeUsed, 0, before), MemdevCode::kSuccess);
  probe.Require((probe.GetAlerts().valid & kLifeUsed) == 0,
                "the warning was switched off, and is valid");
}

void AlertAboveCritical(MemdevWriter& probe) {
  const Alerts before = probe.GetAlerts();
  if ((before.programmable & kLifeUsed) == 0 || before.life_critical >= 100)
    probe.Skip("no warning can be set above what is critical");
  Alerts wanted = before;
  wanted.life_warning = static_cast<uint8_t>(before.life_critical + 1);
  probe.RequireCode(Set(probe, kLifeUsed, kLifeUsed, wanted),
                    MemdevCode::kInvalidInput);
  probe.Require(probe.GetAlerts() == before,
                "a setting that was refused changed something");
}

uint8_t State(MemdevProbe& probe) {
  probe.Need({C::kGetShutdown});
  const std::string answer = probe.Get(C::kGetShutdown);
  probe.Require(answer.size() == 1,
                fmt::format("the answer has {} bytes", answer.size()));
  return static_cast<uint8_t>(answer[0]);
}

void StateBits(MemdevProbe& probe) {
  const uint8_t state = State(probe);
  probe.Require((state & ~1) == 0,
                fmt::format("the shutdown state is {:#x}", state));
}

void StateComesBack(MemdevWriter& probe) {
  probe.Need({C::kSetShutdown});
  for (const int state : {1, 0, 1}) {
    probe.Do(C::kSetShutdown, std::string(1, static_cast<char>(state)),
             state ? "dirty" : "clean");
    probe.Require(
        State(probe) == state,
        fmt::format("state {} was set, and another came back", state));
  }
}

void StateWithoutShutdown(MemdevWriter& probe) {
  probe.Need({C::kSetShutdown, C::kGetHealth});
  const uint32_t before = probe.GetHealth().dirty_shutdowns;
  for (char state : {1, 0})
    probe.Do(C::kSetShutdown, std::string(1, state), state ? "dirty" : "clean");
  probe.Require(probe.GetHealth().dirty_shutdowns == before,
                "dirty shutdowns were counted without any shutdown");
}

void Security(MemdevProbe& probe) {
  probe.mailbox();
  probe.Need({C::kGetSecurity});
  const std::string answer = probe.Get(C::kGetSecurity);
  probe.Require(answer.size() == 4,
                fmt::format("the answer has {} bytes", answer.size()));
  const auto state = PayloadReader(answer).Take<uint32_t>();
  // User and master passphrase set, locked, frozen, user and master attempts.
  probe.Require((state & ~0x3fu) == 0,
                fmt::format("the security state is {:#x}", state));
}

}  // namespace health_checks

std::vector<MemdevCheck> HealthChecks() {
  using namespace health_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  return {
      {{"HLTH-01", "The life used is a percentage, or not implemented", kInfo,
        kArea},
       kBoth,
       LifeUsed},
      {{"HLTH-02", "The temperature is one that electronics survive", kInfo,
        kArea},
       kBoth,
       Temperature},
      {{"HLTH-03", "The statuses have no reserved values", kInfo, kArea},
       kBoth,
       Status},
      {{"HLTH-04", "Counters do not go back", kInfo, kArea},
       kBoth,
       CountersGoOn},
      {{"ALRT-01", "Alerts have no reserved bits", kGetAlerts, kArea},
       kBoth,
       AlertBits},
      {{"ALRT-02", "Warnings come before what is critical", kGetAlerts, kArea},
       kBoth,
       AlertOrder},
      {{"ALRT-03", "A warning that was set comes back", kSetAlerts, kArea},
       kBoth,
       AlertComesBack},
      {{"ALRT-04", "Setting one leaves the others alone", kSetAlerts, kArea},
       kBoth,
       OtherAlertsStay},
      {{"ALRT-05", "A warning can be switched off", kSetAlerts, kArea},
       kBoth,
       AlertSwitchedOff},
      {{"ALRT-06", "A warning above what is critical is refused (2h)",
        kSetAlerts, kArea},
       kBoth,
       AlertAboveCritical},
      {{"SHUT-01", "The shutdown state is dirty or clean", kShutdown, kArea},
       kBoth,
       StateBits},
      {{"SHUT-02", "A shutdown state that was set comes back", kShutdown,
        kArea},
       kBoth,
       StateComesBack},
      {{"SHUT-03", "Dirty shutdowns are counted at shutdowns alone", kShutdown,
        kArea},
       kBoth,
       StateWithoutShutdown},
      {{"SEC-01", "The security state has no reserved bits", kSecurity, kArea},
       AskedBy::kDirect,
       Security},
  };
}

}  // namespace daxmend
