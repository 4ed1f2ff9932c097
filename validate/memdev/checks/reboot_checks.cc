// SPDX-License-Identifier: GPL-2.0-only
//
// What a reboot of the machine takes away, and what it does not: asked by a run
// with --after-reboot of what one with --before-reboot has left.

#include <fmt/core.h>

#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_check.h"
#include "validate/memdev/memdev_reboot.h"

namespace daxmend {
namespace memdev_reboot_checks {

constexpr char kArea[] = "Reboot";
constexpr char kPoison[] = "CXL 3.1, Poison (Get Poison List)";
constexpr char kLabels[] = "CXL 3.1 §8.2.9.9.2.4";
constexpr char kIdentify[] = "CXL 3.1 §8.2.9.9.1.1";
constexpr char kHealth[] = "CXL 3.1 §8.2.9.9.3.1, §8.2.9.9.3.5";

using C = MemdevCommand;

const MemdevRebootMarks& Marks(MemdevWriter& probe) {
  if (!probe.reboot_marks())
    probe.Skip(
        "needs a reboot: run with --before-reboot, boot again, run with "
        "--after-reboot");
  return *probe.reboot_marks();
}

void Need(MemdevWriter& probe, const std::string& why_not) {
  if (!why_not.empty())
    probe.Skip("the run before the reboot has left none: " + why_not);
}

bool Lists(MemdevWriter& probe, int64_t line) {
  const auto range = DpaRange::OfLength(probe.Line(line), kMediaLineBytes);
  return !IntersectAll(range, probe.Listed()).empty();
}

void PoisonStays(MemdevWriter& probe) {
  Need(probe, Marks(probe).no_poison);
  probe.Require(Lists(probe, MemdevRebootMarks::kLeft),
                "the line that was poisoned before the reboot is not listed");
}

void ClearedStaysSo(MemdevWriter& probe) {
  Need(probe, Marks(probe).no_poison);
  probe.Require(!Lists(probe, MemdevRebootMarks::kCleared),
                "the line that was cleared before the reboot is listed");
}

void LabelsStay(MemdevWriter& probe) {
  Need(probe, Marks(probe).no_labels);
  probe.Require(LastLabels(probe) == Marks(probe).labels,
                "the last labels are others than before the reboot");
}

void SameIdentity(MemdevWriter& probe) {
  probe.Require(probe.Get(C::kIdentify) == Marks(probe).identity,
                "it identifies itself otherwise than before the reboot");
}

void CountGoesOn(MemdevWriter& probe) {
  Need(probe, Marks(probe).no_count);
  const uint32_t before = Marks(probe).dirty_shutdowns;
  const uint32_t after = probe.GetHealth().dirty_shutdowns;
  probe.Require(after >= before,
                fmt::format("it had counted {} dirty shutdowns before the "
                            "reboot and has counted {}",
                            before, after));
}

}  // namespace memdev_reboot_checks

std::vector<MemdevCheck> RebootChecks() {
  using namespace memdev_reboot_checks;
  constexpr auto kBy = AskedBy::kBoth;
  return {
      {{"BOOT-01", "Poison of persistent memory is listed after a reboot",
        kPoison, kArea},
       kBy,
       PoisonStays},
      {{"BOOT-02", "What was cleared does not come back after a reboot",
        kPoison, kArea},
       kBy,
       ClearedStaysSo},
      {{"BOOT-03", "Labels stay after a reboot", kLabels, kArea},
       kBy,
       LabelsStay},
      {{"BOOT-04", "It is the same device after a reboot", kIdentify, kArea},
       kBy,
       SameIdentity},
      {{"BOOT-05", "The count of dirty shutdowns does not go back", kHealth,
        kArea},
       kBy,
       CountGoesOn},
  };
}

}  // namespace daxmend
