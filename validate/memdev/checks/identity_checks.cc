// SPDX-License-Identifier: GPL-2.0-only
//
// Identify Memory Device, partitions, firmware.

#include <fmt/core.h>

#include <algorithm>

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace identity_checks {

constexpr char kArea[] = "Identity";
constexpr char kPartition[] = "Partitions";
constexpr char kIdentify[] = "CXL 3.1 §8.2.9.9.1.1";
constexpr char kGetPartition[] = "CXL 3.1 §8.2.9.9.2.1";
constexpr char kFirmware[] = "CXL 3.1 §8.2.9.3.1";
constexpr char kSysfs[] =
    "CXL 3.1 §8.2.9.9.2.1; Documentation/ABI/testing/sysfs-bus-cxl";
// libnvdimm's labels take 128 KiB; nobody has more than this.
constexpr uint32_t kMostLabels = 256 << 20;

std::string Text(const std::string& padded) {
  return padded.substr(0, padded.find('\0'));
}

void LongEnough(MemdevProbe& probe) {
  const size_t bytes = probe.Get(MemdevCommand::kIdentify).size();
  // 67 in CXL 2.0, 69 from 3.0 on.
  probe.Require(bytes == 67 || bytes >= 69,
                fmt::format("the answer has {} bytes, not 67 or 69", bytes));
}

void AddsUp(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  probe.Require(id.total != 0, "the device has no capacity");
  const uint64_t fixed = id.volatile_only + id.persistent_only;
  probe.Require(
      id.alignment == 0 ? fixed == id.total : fixed <= id.total,
      fmt::format("{} volatile and {} persistent units of {} (alignment {})",
                  id.volatile_only, id.persistent_only, id.total,
                  id.alignment));
}

void Twice(MemdevProbe& probe) {
  probe.Require(probe.Get(MemdevCommand::kIdentify) ==
                    probe.Get(MemdevCommand::kIdentify),
                "two answers differ");
}

void HasPoisonList(MemdevProbe& probe) {
  probe.Need({MemdevCommand::kGetPoison});
  probe.Require(probe.GetIdentity().most_poison != 0,
                "it lists poison, of at most 0 records");
}

void HasLogs(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  for (size_t i = 0; i < id.log_records.size(); ++i)
    probe.Require(id.log_records[i] != 0,
                  fmt::format("event log {} has room for 0 records", i));
}

void Reserved(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  probe.Require((id.poison_flags & ~0x3) == 0,
                fmt::format("poison capabilities are {:#x}", id.poison_flags));
  probe.Require((id.qos_flags & ~0x3) == 0,
                fmt::format("QoS capabilities are {:#x}", id.qos_flags));
}

void Revision(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  const std::string text = Text(id.revision);
  probe.Require(!text.empty(), "the firmware revision is empty");
  probe.Require(std::all_of(text.begin(), text.end(),
                            [](char c) { return c >= ' ' && c <= '~'; }),
                "the firmware revision is not ASCII text");
}

void LabelsAreSane(MemdevProbe& probe) {
  const uint32_t bytes = probe.GetIdentity().label_bytes;
  probe.Require(bytes <= kMostLabels,
                fmt::format("{} bytes of labels are declared", bytes));
  probe.Require(bytes == 0 || probe.Offers(MemdevCommand::kGetLabels),
                fmt::format("there are {} bytes of labels and no command to "
                            "read them",
                            bytes));
}

void OfKernel(MemdevProbe& probe) {
  probe.kernel();
  const Identity id = probe.GetIdentity();
  const MemdevFacts& facts = probe.facts();
  probe.Require(facts.firmware == Text(id.revision),
                "sysfs has another firmware revision");
  probe.Require(facts.label_bytes == id.label_bytes,
                "sysfs has another size of labels");
  probe.Require(facts.serial != 0, "sysfs has serial number 0");
}

void Active(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  const Partitions p = probe.GetPartitions();
  probe.Require(p.active_volatile + p.active_persistent == id.total,
                fmt::format("{} volatile and {} persistent units are active of "
                            "{}",
                            p.active_volatile, p.active_persistent, id.total));
}

void AtLeastFixed(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  const Partitions p = probe.GetPartitions();
  probe.Require(p.active_volatile >= id.volatile_only,
                fmt::format("{} volatile units are active, and {} are volatile "
                            "only",
                            p.active_volatile, id.volatile_only));
  probe.Require(p.active_persistent >= id.persistent_only,
                fmt::format("{} persistent units are active, and {} are "
                            "persistent only",
                            p.active_persistent, id.persistent_only));
}

void Next(MemdevProbe& probe) {
  const Identity id = probe.GetIdentity();
  const Partitions p = probe.GetPartitions();
  const uint64_t next = p.next_volatile + p.next_persistent;
  probe.Require(next == 0 || next == id.total,
                fmt::format("{} units are active after the next reset, of {}",
                            next, id.total));
  probe.Require(
      id.alignment != 0 || next == 0 || p.next_volatile == p.active_volatile,
      "what cannot be partitioned changes with the next reset");
}

void PartitionsOfKernel(MemdevProbe& probe) {
  probe.kernel();
  const Partitions p = probe.GetPartitions();
  const MemdevFacts& facts = probe.facts();
  probe.Require(
      facts.volatile_bytes == p.active_volatile * kCapacityUnitBytes &&
          facts.persistent_bytes == p.active_persistent * kCapacityUnitBytes,
      fmt::format("sysfs has {} volatile and {} persistent bytes",
                  facts.volatile_bytes, facts.persistent_bytes));
}

void Slots(MemdevProbe& probe) {
  const FirmwareInfo f = probe.GetFirmware();
  probe.Require(f.slots >= 1 && f.slots <= 4,
                fmt::format("it has {} firmware slots", f.slots));
  probe.Require(f.active() >= 1 && f.active() <= f.slots,
                fmt::format("slot {} of {} is active", f.active(), f.slots));
  probe.Require(f.staged() <= f.slots,
                fmt::format("slot {} of {} is staged", f.staged(), f.slots));
  probe.Require((f.slot_info >> 6) == 0 && f.reserved_zero,
                "reserved bits are not zero");
}

void ActiveRevision(MemdevProbe& probe) {
  const FirmwareInfo f = probe.GetFirmware();
  if (f.active() < 1 || f.active() > 4) probe.Skip("FW-01 fails");
  const std::string active = Text(f.revisions[f.active() - 1]);
  const std::string identified = Text(probe.GetIdentity().revision);
  probe.Require(active == identified, "the active slot has revision \"" +
                                          active + "\", Identify \"" +
                                          identified + "\"");
}

}  // namespace identity_checks

std::vector<MemdevCheck> IdentityChecks() {
  using namespace identity_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  return {
      {{"ID-01", "The answer is whole", kIdentify, kArea}, kBoth, LongEnough},
      {{"ID-02", "The capacities add up", kIdentify, kArea}, kBoth, AddsUp},
      {{"ID-03", "Two answers are the same", kIdentify, kArea}, kBoth, Twice},
      {{"ID-04", "Who lists poison has room for some", kIdentify, kArea},
       kBoth,
       HasPoisonList},
      {{"ID-05", "Every event log has room", kIdentify, kArea}, kBoth, HasLogs},
      {{"ID-06", "Reserved bits are zero", kIdentify, kArea}, kBoth, Reserved},
      {{"ID-07", "The firmware revision is text", kIdentify, kArea},
       kBoth,
       Revision},
      {{"ID-08", "The labels have a size that can be, and can be read",
        kIdentify, kArea},
       kBoth,
       LabelsAreSane},
      {{"ID-09", "The kernel has understood the same", kSysfs, kArea},
       AskedBy::kKernel,
       OfKernel},
      {{"PART-01", "What is active is all of the device", kGetPartition,
        kPartition},
       kBoth,
       Active},
      {{"PART-02", "At least what cannot be partitioned is active",
        kGetPartition, kPartition},
       kBoth,
       AtLeastFixed},
      {{"PART-03", "What is next is nothing, or all of the device",
        kGetPartition, kPartition},
       kBoth,
       Next},
      {{"PART-04", "The kernel has understood the same", kSysfs, kPartition},
       AskedBy::kKernel,
       PartitionsOfKernel},
      {{"FW-01", "One of its firmware slots is active", kFirmware, kArea},
       kBoth,
       Slots},
      {{"FW-02", "Identify has the active slot's revision", kFirmware, kArea},
       kBoth,
       ActiveRevision},
  };
}

}  // namespace daxmend
