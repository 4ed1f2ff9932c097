// SPDX-License-Identifier: GPL-2.0-only
//
// Features: patrol scrub, DDR5 error check scrub, and post package repair, of
// which resources are asked for and nothing is repaired.

#include <fmt/core.h>

#include <set>

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace feature_checks {

constexpr char kArea[] = "Features";
constexpr char kList[] = "CXL 3.1 §8.2.9.6.1";
constexpr char kGet[] = "CXL 3.1 §8.2.9.6.2";
constexpr char kSet[] = "CXL 3.1 §8.2.9.6.2, §8.2.9.6.3";
constexpr char kScrub[] = "CXL 3.1 §8.2.9.9.11.1";
constexpr char kEcs[] = "CXL 3.1 §8.2.9.9.11.2";
constexpr char kRepair[] = "CXL 3.2 §8.2.10.7.1";

using C = MemdevCommand;

MailboxAnswer AskList(MemdevProbe& probe, uint32_t bytes, uint16_t first) {
  probe.mailbox();
  probe.Need({C::kGetSupportedFeatures});
  return probe.Ask(C::kGetSupportedFeatures, EncodeGetFeatures(bytes, first),
                   fmt::format("{} bytes, from feature {} on", bytes, first));
}

void Complete(MemdevProbe& probe) {
  const std::vector<FeatureEntry> all = probe.GetFeatures();
  std::set<CxlUuid> seen;
  for (size_t i = 0; i < all.size(); ++i) {
    probe.Require(
        all[i].index == i,
        fmt::format("feature {} says that it is {}", i, all[i].index));
    probe.Require(seen.insert(all[i].uuid).second,
                  UuidInWords(all[i].uuid) + " is listed twice");
    probe.Require(all[i].get_bytes != 0,
                  UuidInWords(all[i].uuid) + " has 0 bytes");
    probe.Require(
        !all[i].changeable() || all[i].set_bytes != 0,
        UuidInWords(all[i].uuid) + " can be changed, by 0 bytes of settings");
  }
}

void AsLongAsEntries(MemdevProbe& probe) {
  const MailboxAnswer answer =
      AskList(probe, probe.mailbox().payload_bytes(), 0);
  probe.RequireCode(answer, MemdevCode::kSuccess);
  const Decoded<Features> list = DecodeFeatures(answer.bytes);
  if (!list.value) probe.Fail(list.error);
  const uint64_t bytes =
      kFeatureHeaderBytes + kFeatureEntryBytes * uint64_t{list.value->count};
  probe.Require(answer.claimed == bytes,
                fmt::format("{} entries are declared in {} bytes",
                            list.value->count, answer.claimed));
}

void FromOne(MemdevProbe& probe) {
  const std::vector<FeatureEntry> all = probe.GetFeatures();
  if (all.size() < 2) probe.Skip("there are fewer than two features");
  const MailboxAnswer answer =
      AskList(probe, kFeatureHeaderBytes + kFeatureEntryBytes, 1);
  probe.RequireCode(answer, MemdevCode::kSuccess);
  const Decoded<Features> list = DecodeFeatures(answer.bytes);
  if (!list.value) probe.Fail(list.error);
  probe.Require(list.value->entries.size() == 1,
                fmt::format("room for one entry was given, and {} came",
                            list.value->entries.size()));
  probe.Require(list.value->entries[0].uuid == all[1].uuid,
                "the list from feature 1 on begins with another");
}

void Behind(MemdevProbe& probe) {
  const auto total = static_cast<uint16_t>(probe.GetFeatures().size());
  probe.RequireCode(AskList(probe, 4096, total), MemdevCode::kInvalidInput);
}

void WholeFeatures(MemdevProbe& probe) {
  for (const FeatureEntry& feature : probe.GetFeatures()) {
    const size_t bytes = probe.GetFeature(feature).size();
    probe.Require(
        bytes == feature.get_bytes,
        fmt::format("{} has {} bytes and {} came", UuidInWords(feature.uuid),
                    feature.get_bytes, bytes));
  }
}

MailboxAnswer AskPart(MemdevProbe& probe, const CxlUuid& uuid, uint16_t offset,
                      uint16_t bytes) {
  probe.Need({C::kGetFeature});
  return probe.Ask(
      C::kGetFeature, EncodeGetFeature(uuid, offset, bytes),
      fmt::format("{}, offset {}, {} bytes", UuidInWords(uuid), offset, bytes));
}

void Part(MemdevProbe& probe) {
  for (const FeatureEntry& feature : probe.GetFeatures()) {
    if (feature.get_bytes < 2) continue;
    const std::string whole = probe.GetFeature(feature);
    probe.Require(probe.GetFeature(feature, 1) == whole.substr(1),
                  UuidInWords(feature.uuid) +
                      " has other bytes when asked for from offset 1 on");
  }
}

void PartBehind(MemdevProbe& probe) {
  for (const FeatureEntry& feature : probe.GetFeatures()) {
    // Behind the longest that can be there is no offset.
    if (feature.get_bytes == UINT16_MAX) continue;
    const auto behind = static_cast<uint16_t>(feature.get_bytes + 1);
    probe.RequireCode(AskPart(probe, feature.uuid, behind, 1),
                      MemdevCode::kInvalidInput);
  }
}

void Unknown(MemdevProbe& probe) {
  probe.GetFeatures();
  CxlUuid nobodys = kPatrolScrub;
  nobodys[15] ^= 0xff;
  const MailboxAnswer answer = AskPart(probe, nobodys, 0, 1);
  probe.Require(answer.code == MemdevCode::kUnsupported ||
                    answer.code == MemdevCode::kInvalidInput,
                "an unknown feature was answered with " + InWords(answer.code));
}

struct PatrolScrub {
  uint8_t capabilities = 0, hours = 0, least_hours = 0, flags = 0;
  bool changeable() const { return capabilities & 1; }
};

PatrolScrub GetScrub(MemdevProbe& probe, const FeatureEntry& feature) {
  const std::string bytes = probe.GetFeature(feature);
  PayloadReader reader(bytes);
  PatrolScrub scrub;
  scrub.capabilities = reader.Take<uint8_t>();
  scrub.hours = reader.Take<uint8_t>();
  scrub.least_hours = reader.Take<uint8_t>();
  scrub.flags = reader.Take<uint8_t>();
  probe.Require(reader.ok(), TooShort(bytes, 4));
  return scrub;
}

FeatureEntry NeedScrub(MemdevProbe& probe) {
  return probe.NeedFeature(kPatrolScrub, "patrol scrub");
}

void ScrubHours(MemdevProbe& probe) {
  const PatrolScrub scrub = GetScrub(probe, NeedScrub(probe));
  probe.Require(scrub.hours >= scrub.least_hours,
                fmt::format("a scrub takes {} hours, and at least {}",
                            scrub.hours, scrub.least_hours));
  probe.Require(scrub.hours != 0, "a scrub takes 0 hours");
}

MailboxAnswer SetScrub(MemdevWriter& probe, const FeatureEntry& feature,
                       uint8_t hours, uint8_t flags) {
  probe.Need({C::kSetFeature});
  const char data[] = {static_cast<char>(hours), static_cast<char>(flags)};
  return probe.Tell(
      C::kSetFeature,
      EncodeSetFeature(feature.uuid, feature.set_version, {data, sizeof data}),
      fmt::format("patrol scrub, {} hours, flags {:#x}", hours, flags));
}

void ScrubComesBack(MemdevWriter& probe) {
  const FeatureEntry feature = NeedScrub(probe);
  const PatrolScrub before = GetScrub(probe, feature);
  if (!feature.changeable() || !before.changeable() || before.hours == 0xff)
    probe.Skip("the hours of a scrub cannot be changed");
  const auto hours = static_cast<uint8_t>(before.hours + 1);
  const MailboxAnswer set = SetScrub(probe, feature, hours, before.flags);
  const PatrolScrub after = GetScrub(probe, feature);
  probe.RequireCode(set, MemdevCode::kSuccess);
  probe.Require(
      after.hours == hours,
      fmt::format("{} hours were set, and {} came back", hours, after.hours));
  probe.Require(after.least_hours == before.least_hours &&
                    after.capabilities == before.capabilities,
                "setting the hours changed what they can be");
}

void ScrubSwitch(MemdevWriter& probe) {
  const FeatureEntry feature = NeedScrub(probe);
  const PatrolScrub before = GetScrub(probe, feature);
  if (!feature.changeable()) probe.Skip("the scrub cannot be changed");
  const auto other = static_cast<uint8_t>(before.flags ^ 1);
  const MailboxAnswer set = SetScrub(probe, feature, before.hours, other);
  const PatrolScrub after = GetScrub(probe, feature);
  probe.RequireCode(set, MemdevCode::kSuccess);
  probe.Require((after.flags & 1) == (other & 1),
                "the scrub was switched, and is as it was");
}

void ScrubTooFast(MemdevWriter& probe) {
  const FeatureEntry feature = NeedScrub(probe);
  const PatrolScrub before = GetScrub(probe, feature);
  if (!feature.changeable() || !before.changeable() || before.least_hours == 0)
    probe.Skip("there are no hours that are too few");
  const MailboxAnswer set =
      SetScrub(probe, feature, static_cast<uint8_t>(before.least_hours - 1),
               before.flags);
  const uint8_t after = GetScrub(probe, feature).hours;
  probe.Require(set.code != MemdevCode::kSuccess,
                fmt::format("{} hours were taken, and {} are the least",
                            before.least_hours - 1, before.least_hours));
  probe.Require(after == before.hours,
                "a setting that was refused changed the hours");
}

void EcsThreshold(MemdevProbe& probe) {
  const std::string bytes = probe.GetFeature(
      probe.NeedFeature(kErrorCheckScrub, "error check scrub"));
  // The log's entry type, then 4 bytes for each part of the media.
  probe.Require(bytes.size() >= 5, TooShort(bytes, 5));
  PayloadReader reader(bytes);
  reader.Take<uint8_t>();
  while (reader.left() >= 4) {
    reader.Take<uint8_t>();
    const auto config = reader.Take<uint16_t>();
    reader.Take<uint8_t>();
    const unsigned threshold = config & 7;
    probe.Require(threshold >= 3 && threshold <= 5,
                  fmt::format("the threshold is the reserved {}", threshold));
  }
}

void EcsReserved(MemdevWriter& probe) {
  const FeatureEntry feature =
      probe.NeedFeature(kErrorCheckScrub, "error check scrub");
  probe.Need({C::kSetFeature});
  if (!feature.changeable() || feature.set_bytes < 3)
    probe.Skip("error check scrub cannot be changed");
  const std::string before = probe.GetFeature(feature);
  std::string data(feature.set_bytes, '\0');
  data[0] = before.empty() ? '\0' : before[0];
  for (size_t i = 1; i + 1 < data.size(); i += 2) data[i] = 7;
  const MailboxAnswer set = probe.Tell(
      C::kSetFeature, EncodeSetFeature(feature.uuid, feature.set_version, data),
      "error check scrub, the reserved threshold 7");
  const std::string after = probe.GetFeature(feature);
  probe.Require(set.code != MemdevCode::kSuccess,
                "a reserved threshold was taken");
  probe.Require(after == before, "a setting that was refused changed bytes");
}

MailboxAnswer QueryRepair(MemdevWriter& probe, uint64_t dpa) {
  probe.mailbox();
  probe.Need({C::kMaintain});
  // Class 1, subclass 0: soft repair; flag 0: only ask for resources.
  std::string in("\x01\x00\x01", 3);
  AppendLittleEndian(in, dpa);
  in.append(3, '\0');
  return probe.Tell(C::kMaintain, in, "soft repair, resources only");
}

void RepairQuery(MemdevWriter& probe) {
  probe.Need({C::kGetPoison, C::kInjectPoison});
  probe.mailbox();
  probe.Need({C::kMaintain});
  probe.Poison(probe.Line(4));
  const MailboxAnswer answer = QueryRepair(probe, probe.Line(4));
  probe.Require(
      answer.code == MemdevCode::kSuccess ||
          answer.code == MemdevCode::kUnsupported,
      "a query for resources was answered with " + InWords(answer.code));
  probe.RequireListed({probe.Line(4)});
}

void RepairOutside(MemdevWriter& probe) {
  const MailboxAnswer answer = QueryRepair(probe, probe.outside());
  if (answer.code == MemdevCode::kUnsupported)
    probe.Skip("soft repair is not supported");
  probe.Require(answer.code != MemdevCode::kSuccess,
                "there are resources to repair what lies behind the device");
}

}  // namespace feature_checks

std::vector<MemdevCheck> FeatureChecks() {
  using namespace feature_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"FEAT-01", "As many features are listed as declared, once each", kList,
        kArea},
       kBy,
       Complete},
      {{"FEAT-02", "The list is as long as its entries", kList, kArea},
       kBy,
       AsLongAsEntries},
      {{"FEAT-03", "The list from one on begins with that", kList, kArea},
       kBy,
       FromOne},
      {{"FEAT-04", "A list from behind the last on is refused (2h)", kList,
        kArea},
       kBy,
       Behind},
      {{"FEAT-05", "Every feature has as many bytes as declared", kGet, kArea},
       kBy,
       WholeFeatures},
      {{"FEAT-06", "A part of one is the same bytes", kGet, kArea}, kBy, Part},
      {{"FEAT-07", "A part behind its end is refused (2h)", kGet, kArea},
       kBy,
       PartBehind},
      {{"FEAT-08", "An unknown feature is refused", kGet, kArea}, kBy, Unknown},
      {{"SCRUB-01", "A patrol scrub takes at least its least hours", kScrub,
        kArea},
       kBy,
       ScrubHours},
      {{"SCRUB-02", "Hours that were set come back", kSet, kArea},
       kBy,
       ScrubComesBack},
      {{"SCRUB-03", "The patrol scrub can be switched off and on", kScrub,
        kArea},
       kBy,
       ScrubSwitch},
      {{"SCRUB-04", "Fewer than the least hours are refused", kScrub, kArea},
       kBy,
       ScrubTooFast},
      {{"ECS-01", "Error check scrub has no reserved threshold", kEcs, kArea},
       kBy,
       EcsThreshold},
      {{"ECS-02", "A reserved threshold is refused", kEcs, kArea},
       kBy,
       EcsReserved},
      {{"PPR-01", "Asking for repair resources repairs nothing", kRepair,
        kArea},
       kBy,
       RepairQuery},
      {{"PPR-02", "There are none for what lies behind the device", kRepair,
        kArea},
       kBy,
       RepairOutside},
  };
}

}  // namespace daxmend
