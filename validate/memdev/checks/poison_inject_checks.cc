// SPDX-License-Identifier: GPL-2.0-only
//
// Inject Poison.

#include <fmt/core.h>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace poison_inject_checks {

constexpr char kArea[] = "Poison injection";
constexpr char kInject[] = "CXL 3.1 §8.2.9.9.4.2";
constexpr char kRecord[] = "CXL 3.1 §8.2.9.9.4.1, §8.2.9.9.4.2";
constexpr char kLimit[] = "CXL 3.1 §8.2.9.9.1.1, §8.2.9.9.4.2";

void NeedPoison(MemdevWriter& probe) {
  probe.Need({MemdevCommand::kGetPoison, MemdevCommand::kInjectPoison,
              MemdevCommand::kClearPoison});
}

void One(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.Poison(probe.Line(4));
  probe.RequireListed({probe.Line(4)});
}

MediaRecord OnlyRecord(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.Poison(probe.Line(4));
  const std::vector<MediaRecord> records = probe.NewRecords();
  probe.Require(records.size() == 1,
                fmt::format("one line was injected, and {} records are listed",
                            records.size()));
  return records.front();
}

void SourceIsInjected(MemdevWriter& probe) {
  const uint8_t source = OnlyRecord(probe).source;
  probe.Require(source == kSourceInjected,
                fmt::format("the record's source is {} instead of 3", source));
}

void OneLineLong(MemdevWriter& probe) {
  const uint32_t lines = OnlyRecord(probe).lines;
  probe.Require(lines == 1,
                fmt::format("the record has {} lines instead of 1", lines));
}

void Last(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.Poison(probe.Line(-1));
  probe.RequireListed({probe.Line(-1)});
}

void Twice(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.Poison(probe.Line(4));
  probe.Poison(probe.Line(4));
  const size_t records = probe.NewRecords().size();
  probe.Require(records == 1,
                fmt::format("the line is in {} records", records));
  probe.RequireListed({probe.Line(4)});
}

// Lines apart from each other, that many.
std::vector<uint64_t> Apart(MemdevWriter& probe, int64_t count) {
  std::vector<uint64_t> dpas;
  for (int64_t i = 0; i < count; ++i) dpas.push_back(probe.Line(3 + 37 * i));
  return dpas;
}

void Many(MemdevWriter& probe) {
  NeedPoison(probe);
  const std::vector<uint64_t> dpas = Apart(probe, 24);
  for (uint64_t dpa : dpas) probe.Poison(dpa);
  probe.RequireListed(dpas);
}

void Descending(MemdevWriter& probe) {
  NeedPoison(probe);
  const std::vector<uint64_t> dpas = Apart(probe, 12);
  for (auto at = dpas.rbegin(); at != dpas.rend(); ++at) probe.Poison(*at);
  probe.RequireListed(dpas);
}

void Touching(MemdevWriter& probe) {
  NeedPoison(probe);
  std::vector<uint64_t> dpas;
  for (int64_t line : {4, 6, 5, 7}) {
    dpas.push_back(probe.Line(line));
    probe.Poison(dpas.back());
  }
  probe.RequireListed(dpas);
  uint64_t lines = 0;
  for (const MediaRecord& record : probe.NewRecords()) lines += record.lines;
  probe.Require(lines == 4, fmt::format("4 lines touch, and the records have "
                                        "{} lines together",
                                        lines));
}

void AcrossPages(MemdevWriter& probe) {
  NeedPoison(probe);
  // Beside the boundaries where an address' next bits begin.
  const std::vector<uint64_t> dpas = {probe.Line(63), probe.Line(64),
                                      probe.Line(1023), probe.Line(1024),
                                      probe.Line(8191)};
  for (uint64_t dpa : dpas) probe.Poison(dpa);
  probe.RequireListed(dpas);
}

void Misaligned(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.mailbox();
  for (unsigned bit = 0; bit < 6; ++bit)
    probe.RequireCode(probe.InjectWrongly(probe.Line(4) | 1u << bit),
                      MemdevCode::kInvalidInput);
  probe.RequireListed({});
}

void RefusesAddress(MemdevWriter& probe, uint64_t dpa) {
  NeedPoison(probe);
  probe.mailbox();
  probe.RequireCode(probe.InjectWrongly(dpa), MemdevCode::kInvalidAddress);
  probe.RequireListed({});
}

void Behind(MemdevWriter& probe) { RefusesAddress(probe, probe.outside()); }

void FarOutside(MemdevWriter& probe) {
  for (unsigned bit : probe.BitsOutside())
    RefusesAddress(probe, probe.Line(4) | uint64_t{1} << bit);
}

void Limit(MemdevWriter& probe) {
  NeedPoison(probe);
  const uint16_t limit = probe.GetIdentity().inject_limit;
  constexpr uint16_t kMost = 512;
  if (limit == 0) probe.Skip("it declares no limit");
  if (limit > kMost)
    probe.Skip(fmt::format("its limit of {} is not tried", limit));
  for (uint16_t i = 0; i < limit; ++i) probe.Poison(probe.Line(int64_t{2} * i));
  const MailboxAnswer more = probe.Inject(probe.Line(2 * int64_t{limit}));
  // Of the kernel only the errno is to be had.
  if (probe.device().kernel())
    probe.Require(more.error != 0, fmt::format("{} errors were taken, one more "
                                               "than the limit",
                                               limit + 1));
  else
    probe.RequireCode(more, MemdevCode::kPoisonLimit);
}

void NoLimit(MemdevWriter& probe) {
  NeedPoison(probe);
  if (probe.GetIdentity().inject_limit != 0) probe.Skip("it declares a limit");
  constexpr int64_t kTried = 64;
  std::vector<uint64_t> dpas = Apart(probe, kTried);
  for (uint64_t dpa : dpas) probe.Poison(dpa);
  probe.RequireListed(dpas);
}

void RefusedChangesNothing(MemdevWriter& probe) {
  NeedPoison(probe);
  probe.mailbox();
  probe.Poison(probe.Line(4));
  probe.InjectWrongly(probe.Line(9) | 1);
  probe.InjectWrongly(probe.outside());
  probe.RequireListed({probe.Line(4)});
}

}  // namespace poison_inject_checks

std::vector<MemdevCheck> PoisonInjectChecks() {
  using namespace poison_inject_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"INJ-01", "What was injected is listed at its DPA", kInject, kArea},
       kBoth,
       One},
      {{"INJ-02", "Its source is \"injected\"", kRecord, kArea},
       kBoth,
       SourceIsInjected},
      {{"INJ-03", "It is one line long", kRecord, kArea}, kBoth, OneLineLong},
      {{"INJ-04", "The device's last line can be injected", kInject, kArea},
       kBoth,
       Last},
      {{"INJ-05", "Injecting twice succeeds and lists once", kInject, kArea},
       kBoth,
       Twice},
      {{"INJ-06", "Many errors are listed exactly", kInject, kArea},
       kBoth,
       Many},
      {{"INJ-07", "So they are when injected from the end", kInject, kArea},
       kBoth,
       Descending},
      {{"INJ-08", "Errors that touch add up", kRecord, kArea}, kBoth, Touching},
      {{"INJ-09", "Errors beside address boundaries are listed exactly",
        kInject, kArea},
       kBoth,
       AcrossPages},
      {{"INJ-10", "A misaligned DPA is refused (2h), whatever bit it is",
        kInject, kArea},
       kDirect,
       Misaligned},
      {{"INJ-11", "The first DPA behind the device is refused (Fh)", kInject,
        kArea},
       kDirect,
       Behind},
      {{"INJ-12", "A DPA far outside is refused (Fh)", kInject, kArea},
       kDirect,
       FarOutside},
      {{"INJ-13", "As many errors are taken as declared, and 10h is said then",
        kLimit, kArea},
       kBoth,
       Limit},
      {{"INJ-14", "Without a limit 64 errors are taken and listed", kLimit,
        kArea},
       kBoth,
       NoLimit},
      {{"INJ-15", "What was refused leaves the list alone", kInject, kArea},
       kDirect,
       RefusedChangesNothing},
  };
}

}  // namespace daxmend
