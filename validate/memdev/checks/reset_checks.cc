// SPDX-License-Identifier: GPL-2.0-only
//
// What a reset of the function takes away, and what it does not.

#include <fmt/core.h>

#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace reset_checks {

constexpr char kArea[] = "Reset";
constexpr char kPoison[] = "CXL 3.1, Poison (Get Poison List)";
constexpr char kLabels[] = "CXL 3.1 §8.2.9.9.2.4";
constexpr char kMemory[] = "CXL 3.1 §8.2.8.5";
constexpr char kIdentify[] = "CXL 3.1 §8.2.9.9.1.1";
constexpr char kHealth[] = "CXL 3.1 §8.2.9.9.3.1, §8.2.9.9.3.5";

using C = MemdevCommand;
using std::chrono::milliseconds;

// As the Memory Device Status register says it. One that is not there yet reads
// as all ones; media status 1 is ready, 2 is failed, 3 is disabled.
bool IsReady(uint64_t status) {
  constexpr uint64_t kMailboxReady = 1 << 4;
  return status != UINT64_MAX && (status >> 2 & 3) == 1 &&
         (status & kMailboxReady) != 0;
}

// Returns when the device is ready again.
void Reset(MemdevWriter& probe) {
  Mailbox& mailbox = probe.mailbox();
  probe.ResetFunction();
  const uint64_t place = mailbox.PlaceOf(kMemoryCapability);
  const auto begin = probe.device().Now();
  while (place && !IsReady(mailbox.Register(place, 8))) {
    if (probe.device().Now() - begin > std::chrono::seconds(10))
      probe.Fail("it is not ready 10 s after a reset");
    probe.device().Sleep(milliseconds(10));
  }
}

void PoisonStays(MemdevWriter& probe) {
  probe.Need({C::kGetPoison, C::kInjectPoison, C::kClearPoison});
  probe.mailbox();
  if (probe.facts().persistent_bytes == 0)
    probe.Skip("none of its memory is persistent");
  probe.Poison(probe.Line(4));
  probe.Poison(probe.Line(6));
  probe.Unpoison(probe.Line(6));
  Reset(probe);
  probe.RequireListed({probe.Line(4)});
}

void LabelsStay(MemdevWriter& probe) {
  probe.Need({C::kGetLabels, C::kSetLabels});
  const uint32_t bytes = probe.GetIdentity().label_bytes;
  if (bytes < kTestLabelBytes) probe.Skip("there are too few bytes of labels");
  const uint32_t at = bytes - 64;
  const std::string data(64, '\x6d');
  probe.Do(C::kSetLabels, EncodeSetLabels(at, data),
           fmt::format("offset {}, 64 bytes", at));
  Reset(probe);
  probe.Require(probe.GetLabels(at, 64) == data,
                "labels that were written are others after a reset");
}

void Ready(MemdevWriter& probe) {
  const unsigned exponent = probe.mailbox().payload_exponent();
  Reset(probe);
  const uint64_t now =
      probe.mailbox().Register(probe.mailbox().place(), 4) & 0x1f;
  probe.Require(
      now == exponent,
      fmt::format("the payload size was 2^{} and is 2^{}", exponent, now));
  probe.Get(C::kIdentify);
}

void SameIdentity(MemdevWriter& probe) {
  const std::string before = probe.Get(C::kIdentify);
  Reset(probe);
  probe.Require(probe.Get(C::kIdentify) == before,
                "it identifies itself otherwise after a reset");
}

void NoShutdown(MemdevWriter& probe) {
  probe.Need({C::kGetHealth, C::kSetShutdown});
  probe.mailbox();
  probe.Do(C::kSetShutdown, std::string(1, '\0'), "clean");
  const uint32_t before = probe.GetHealth().dirty_shutdowns;
  Reset(probe);
  const uint32_t after = probe.GetHealth().dirty_shutdowns;
  probe.Require(after == before,
                fmt::format("a reset in the clean state counts as a dirty "
                            "shutdown: {} became {}",
                            before, after));
}

}  // namespace reset_checks

std::vector<MemdevCheck> ResetChecks() {
  using namespace reset_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"RST-01", "It is ready after a reset", kMemory, kArea}, kBy, Ready},
      {{"RST-02", "It is the same device after a reset", kIdentify, kArea},
       kBy,
       SameIdentity},
      {{"RST-03",
        "Poison of persistent memory stays, what was cleared does "
        "not come back",
        kPoison, kArea},
       kBy,
       PoisonStays},
      {{"RST-04", "Labels stay", kLabels, kArea}, kBy, LabelsStay},
      {{"RST-05", "A reset in the clean state is no dirty shutdown", kHealth,
        kArea},
       kBy,
       NoShutdown},
  };
}

}  // namespace daxmend
