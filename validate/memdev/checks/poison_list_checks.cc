// SPDX-License-Identifier: GPL-2.0-only
//
// Get Poison List.

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace poison_list_checks {

constexpr char kArea[] = "Poison list";
constexpr char kList[] = "CXL 3.1 §8.2.9.9.4.1";

constexpr auto kCommand = MemdevCommand::kGetPoison;

constexpr char kNoList[] = "the device lists no poison of volatile memory";

// The last part of the device, where poison is injected.
DpaRange LastPart(MemdevProbe& probe) {
  const std::vector<DpaRange> parts = probe.Parts();
  if (parts.empty()) probe.Skip("the device has no memory");
  return parts.back();
}

// Of every part that it offers one.
std::vector<PoisonListAnswer> NeedLists(MemdevProbe& probe) {
  probe.Need({kCommand});
  std::vector<PoisonListAnswer> lists;
  for (DpaRange part : probe.Parts())
    if (std::optional<PoisonListAnswer> list = probe.GetPoisonOf(part))
      lists.push_back(std::move(*list));
  if (lists.empty()) probe.Skip(kNoList);
  return lists;
}

PoisonListAnswer NeedLastList(MemdevProbe& probe) {
  std::optional<PoisonListAnswer> list = probe.GetPoisonOf(LastPart(probe));
  if (!list) probe.Skip(kNoList);
  return std::move(*list);
}

void NeedWrites(MemdevWriter& probe) {
  probe.Need(
      {kCommand, MemdevCommand::kInjectPoison, MemdevCommand::kClearPoison});
}

MailboxAnswer AskList(MemdevProbe& probe, uint64_t dpa, uint64_t lines) {
  probe.mailbox();
  probe.Need({kCommand});
  return probe.Ask(kCommand, EncodeDpaRange(dpa, lines),
                   fmt::format("DPA {}, {} lines", Hexadecimal(dpa), lines));
}

void WholeAnswer(MemdevProbe& probe) {
  probe.mailbox();
  for (const PoisonListAnswer& list : NeedLists(probe)) {
    const uint64_t bytes =
        kPoisonHeaderBytes + kPoisonRecordBytes * uint64_t{list.count};
    probe.Require(list.bytes == bytes,
                  fmt::format("the answer declares {} records and has {} bytes",
                              list.count, list.bytes));
  }
}

void Reserved(MemdevProbe& probe) {
  for (const PoisonListAnswer& list : NeedLists(probe)) {
    probe.Require(list.reserved_zero, "reserved bytes of the header are not 0");
    probe.Require((list.flags & ~0x7) == 0,
                  fmt::format("the flags are {:#x}", list.flags));
    for (const MediaRecord& record : list.records)
      probe.Require(
          record.reserved_zero,
          "reserved bits of a record are not 0: " + Hexadecimal(record.dpa));
  }
}

void NoOverflow(MemdevProbe& probe) {
  for (const PoisonListAnswer& list : NeedLists(probe)) {
    if (list.overflow()) probe.Skip("the list has overflowed before");
    probe.Require(list.overflow_time == 0,
                  "there is no overflow, but a time of one");
  }
}

void RefusesMisaligned(MemdevProbe& probe) {
  const DpaRange part = LastPart(probe);
  for (uint64_t bit : {1u, 8u, 32u}) {
    const MailboxAnswer answer = AskList(probe, part.begin | bit, 1);
    if (answer.code == MemdevCode::kInvalidAddress && probe.IsVolatile(part))
      probe.Skip(kNoList);
    probe.RequireCode(answer, MemdevCode::kInvalidInput);
  }
}

void RefusesBehind(MemdevProbe& probe) {
  probe.RequireCode(AskList(probe, probe.facts().bytes(), 1),
                    MemdevCode::kInvalidAddress);
}

void RefusesAcross(MemdevProbe& probe) {
  probe.RequireCode(AskList(probe, probe.facts().bytes() - kMediaLineBytes, 2),
                    MemdevCode::kInvalidAddress);
}

void RefusesWrap(MemdevProbe& probe) {
  // So many lines that their bytes are 64, modulo 2^64.
  const MailboxAnswer answer =
      AskList(probe, kMediaLineBytes, (uint64_t{1} << 58) + 1);
  probe.Require(
      answer.code == MemdevCode::kInvalidAddress ||
          answer.code == MemdevCode::kInvalidInput,
      "a range of 2^58 lines was answered with " + InWords(answer.code));
}

void NoLines(MemdevWriter& probe) {
  NeedWrites(probe);
  probe.mailbox();
  probe.Poison(probe.Line(4));
  const MailboxAnswer answer = AskList(probe, probe.Line(4), 0);
  if (answer.code == MemdevCode::kInvalidInput) return;
  probe.RequireCode(answer, MemdevCode::kSuccess);
  const Decoded<PoisonListAnswer> list = DecodePoisonList(answer.bytes);
  if (!list.value) probe.Fail(list.error);
  probe.Require(
      list.value->count == 0,
      "0 lines were asked for, and records came: " + InWords(*list.value));
}

void OnlyTheRange(MemdevWriter& probe) {
  NeedWrites(probe);
  probe.mailbox();
  for (int64_t line : {4, 8, 12}) probe.Poison(probe.Line(line));
  const std::pair<std::pair<int64_t, uint64_t>, size_t> cases[] = {
      {{4, 1}, 1}, {{5, 3}, 0}, {{5, 4}, 1}, {{8, 4}, 1},
      {{8, 5}, 2}, {{9, 3}, 0}, {{0, 4}, 0}, {{0, 13}, 3}};
  for (const auto& [range, wanted] : cases) {
    const PoisonListAnswer list =
        probe.GetPoison(probe.Line(range.first), range.second);
    probe.Require(
        list.records.size() == wanted,
        fmt::format("lines 4, 8 and 12 are poisoned, and of the {} lines from "
                    "{} on {} records are listed instead of {}",
                    range.second, range.first, list.records.size(), wanted));
  }
}

void PartOfRecord(MemdevWriter& probe) {
  NeedWrites(probe);
  probe.mailbox();
  for (int64_t line : {4, 5, 6, 7}) probe.Poison(probe.Line(line));
  for (int64_t line : {4, 6, 7}) {
    const PoisonListAnswer list = probe.GetPoison(probe.Line(line), 1);
    bool found = false;
    for (const MediaRecord& record : list.records)
      found = found || record.range().Contains(probe.Line(line));
    probe.Require(found, fmt::format("line {} of lines 4 to 7 is not listed "
                                     "when it is asked for alone",
                                     line));
  }
  probe.Require(probe.GetPoison(probe.Line(8), 4).records.empty(),
                "lines 8 to 11 are good, and records of them are listed");
}

void ReadingKeeps(MemdevWriter& probe) {
  NeedWrites(probe);
  for (int64_t line : {4, 8, 12}) probe.Poison(probe.Line(line));
  const std::vector<DpaRange> first = probe.Listed();
  for (int i = 0; i < 3; ++i)
    probe.Require(probe.Listed() == first, "it lists less when read again");
  probe.RequireListed({probe.Line(4), probe.Line(8), probe.Line(12)});
}

void Inside(MemdevWriter& probe) {
  NeedWrites(probe);
  for (int64_t line : {4, 5, -1}) probe.Poison(probe.Line(line));
  for (const MediaRecord& record : probe.Records()) {
    probe.Require(record.lines != 0, "a record has no lines");
    probe.Require(
        record.range().end <= probe.facts().bytes() &&
            record.range().begin < record.range().end,
        "a record leaves the device: " + DpasInWords({record.range()}));
  }
}

// More than one answer's worth, apart from each other. Skips where that would
// end the machine.
std::vector<uint64_t> MoreThanFits(MemdevWriter& probe) {
  NeedWrites(probe);
  const uint64_t room = (probe.mailbox().payload_bytes() - kPoisonHeaderBytes) /
                        kPoisonRecordBytes;
  const uint64_t count = room + 9;
  const uint64_t most = std::min<uint64_t>(
      {probe.facts().most_records, probe.GetIdentity().most_poison,
       probe.test_range().length() / kMediaLineBytes / 2});
  if (count > most)
    probe.Skip(
        fmt::format("{} records do not fit into one answer, and the "
                    "device lists {} at most without harm",
                    count, most));
  std::vector<uint64_t> dpas;
  for (uint64_t i = 0; i < count; ++i) {
    dpas.push_back(probe.Line(static_cast<int64_t>(2 * i)));
    if (probe.Inject(dpas.back()).code != MemdevCode::kSuccess)
      probe.Skip(fmt::format("it takes {} errors only", i));
  }
  return dpas;
}

void More(MemdevWriter& probe) {
  const std::vector<uint64_t> dpas = MoreThanFits(probe);
  const PoisonListAnswer first = NeedLastList(probe);
  probe.Require(first.more(), "a list that does not fit says it is all");
  probe.Require(!first.records.empty(), "it has no records, but more");
  // The rest of that one, then a whole one.
  const uint64_t most =
      dpas.size() + TotalLength(probe.before()) / kMediaLineBytes;
  std::vector<MediaRecord> records = first.records;
  for (PoisonListAnswer part = first; part.more();) {
    part = NeedLastList(probe);
    records.insert(records.end(), part.records.begin(), part.records.end());
    probe.Require(!part.records.empty() && records.size() <= most,
                  "the list goes on and on");
  }
  uint64_t lines = 0;
  for (const MediaRecord& record : probe.NewOf(records)) lines += record.lines;
  probe.Require(lines == dpas.size(),
                fmt::format("{} lines are poisoned, and the parts list {}",
                            dpas.size(), lines));
  probe.RequireListed(dpas);
}

void OtherRange(MemdevWriter& probe) {
  const std::vector<uint64_t> dpas = MoreThanFits(probe);
  if (!NeedLastList(probe).more()) probe.Skip("LIST-13 fails");
  const PoisonListAnswer one = probe.GetPoison(dpas.front(), 1);
  probe.Require(
      one.records.size() == 1 && one.records.front().dpa == dpas.front(),
      "another range than that of a list that goes on is not listed anew");
  // To its end, for whoever asks next.
  probe.RequireListed(dpas);
}

}  // namespace poison_list_checks

std::vector<MemdevCheck> PoisonListChecks() {
  using namespace poison_list_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"LIST-01", "The answer is as long as its records", kList, kArea},
       kDirect,
       WholeAnswer},
      {{"LIST-02", "Reserved bits are zero", kList, kArea}, kDirect, Reserved},
      {{"LIST-03", "Without overflow there is no time of one", kList, kArea},
       kDirect,
       NoOverflow},
      {{"LIST-04", "A misaligned DPA is refused (2h)", kList, kArea},
       kDirect,
       RefusesMisaligned},
      {{"LIST-05", "A DPA behind the device is refused (Fh)", kList, kArea},
       kDirect,
       RefusesBehind},
      {{"LIST-06", "A range across the end is refused (Fh)", kList, kArea},
       kDirect,
       RefusesAcross},
      {{"LIST-07", "A range that wraps is refused", kList, kArea},
       kDirect,
       RefusesWrap},
      {{"LIST-08", "Of no lines there are no records", kList, kArea},
       kDirect,
       NoLines},
      {{"LIST-09", "Only what lies in the range is listed", kList, kArea},
       kDirect,
       OnlyTheRange},
      {{"LIST-10", "A record is listed by any of its lines", kList, kArea},
       kDirect,
       PartOfRecord},
      {{"LIST-11", "Reading the list does not change it", kList, kArea},
       kBoth,
       ReadingKeeps},
      {{"LIST-12", "Records lie in the device and have lines", kList, kArea},
       kBoth,
       Inside},
      {{"LIST-13", "A list that does not fit goes on, each record once", kList,
        kArea},
       kDirect,
       More},
      {{"LIST-14", "Another range in between begins a new list", kList, kArea},
       kDirect,
       OtherRange},
  };
}

}  // namespace daxmend
