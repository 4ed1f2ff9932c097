// SPDX-License-Identifier: GPL-2.0-only
//
// Event logs, and the kernel that is told of them.

#include <fmt/core.h>

#include <set>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace event_checks {

constexpr char kArea[] = "Events";
constexpr char kRecord[] = "CXL 3.1 §8.2.9.2.1";
constexpr char kGet[] = "CXL 3.1 §8.2.9.2.2";
constexpr char kClear[] = "CXL 3.1 §8.2.9.2.3";
constexpr char kInject[] = "CXL 3.1 §8.2.9.2.1.1, §8.2.9.9.4.2";
constexpr char kStatus[] = "CXL 3.1 §8.2.8.3";
constexpr char kKernel[] =
    "CXL 3.1 §8.2.9.2.5; drivers/cxl/core/mbox.c, "
    "cxl_mem_get_event_records (Linux 6.12)";

using C = MemdevCommand;
constexpr uint8_t kInformation = 0;
using std::chrono::milliseconds;

void NeedEvents(MemdevWriter& probe) {
  probe.mailbox();
  probe.Need(
      {C::kGetEvents, C::kClearEvents, C::kInjectPoison, C::kClearPoison});
  const EventAnswer before = probe.GetEvents(kInformation);
  if (before.count != 0)
    probe.Skip(
        fmt::format("the informational log holds {} records of before; "
                    "they are not to be lost",
                    before.count));
}

// Injects that many lines, apart from each other.
void MakeEvents(MemdevWriter& probe, int64_t count) {
  NeedEvents(probe);
  for (int64_t i = 0; i < count; ++i) probe.Poison(probe.Line(2 * i));
}

void ClearHandles(MemdevWriter& probe, const std::vector<uint16_t>& handles) {
  probe.Do(C::kClearEvents, EncodeClearEvents(kInformation, handles),
           fmt::format("log 0, {} records", handles.size()));
}

void EveryLog(MemdevProbe& probe) {
  for (uint8_t log = 0; log < kEventLogCount; ++log) {
    const EventAnswer events = probe.GetEvents(log);
    probe.Require(events.records.size() == events.count,
                  fmt::format("log {} declares {} records and has {}", log,
                              events.count, events.records.size()));
    probe.Require((events.flags & ~0x3) == 0,
                  fmt::format("log {} has flags {:#x}", log, events.flags));
    probe.Require(!events.more() || events.count != 0,
                  fmt::format("log {} has no records, but more", log));
    probe.Require(events.overflow() || events.dropped == 0,
                  fmt::format("log {} dropped {} records and has no overflow",
                              log, events.dropped));
  }
}

void NoSuchLog(MemdevProbe& probe) {
  probe.mailbox();
  probe.Need({C::kGetEvents});
  for (char log : {'\x0f', '\x7f'})
    probe.RequireCode(probe.Ask(C::kGetEvents, std::string(1, log),
                                fmt::format("log {}", static_cast<int>(log))),
                      MemdevCode::kInvalidInput);
}

void OneRecord(MemdevWriter& probe) {
  MakeEvents(probe, 1);
  const EventAnswer events = probe.GetEvents(kInformation);
  probe.Require(events.records.size() == 1,
                fmt::format("one line was injected, and the informational log "
                            "has {} records",
                            events.records.size()));
  const EventRecordView& record = events.records.front();
  probe.Require(record.IsGeneralMedia(),
                "the record is not a General Media Event Record");
  probe.Require(record.dpa == probe.Line(0),
                "the record has DPA " + Hexadecimal(record.dpa) +
                    " instead of " + Hexadecimal(probe.Line(0)));
}

EventRecordView NeedRecord(MemdevWriter& probe) {
  MakeEvents(probe, 1);
  const EventAnswer events = probe.GetEvents(kInformation);
  if (events.records.size() != 1) probe.Skip("EVT-03 fails");
  return events.records.front();
}

void Transaction(MemdevWriter& probe) {
  const uint8_t transaction = NeedRecord(probe).transaction;
  probe.Require(transaction == kTransactionInjectPoison,
                fmt::format("the transaction is {} instead of 4", transaction));
}

void Header(MemdevWriter& probe) {
  const EventRecordView record = NeedRecord(probe);
  probe.Require(record.length == kEventBytes,
                fmt::format("the record's length is {}", record.length));
  probe.Require(
      (record.flags & 3) == kInformation,
      fmt::format("its severity is {} in the log of 0", record.flags & 3));
}

// The records of the log, in as many answers as it takes, which clears them.
std::vector<EventRecordView> TakeEvents(MemdevWriter& probe) {
  std::vector<EventRecordView> all;
  constexpr int kMostAnswers = 1024;
  for (int round = 0; round < kMostAnswers; ++round) {
    const EventAnswer part = probe.GetEvents(kInformation);
    all.insert(all.end(), part.records.begin(), part.records.end());
    if (!part.more()) return all;
    probe.Require(!part.records.empty(), "there is more, and nothing comes");
    std::vector<uint16_t> handles;
    for (const EventRecordView& record : part.records)
      handles.push_back(record.handle);
    ClearHandles(probe, handles);
  }
  probe.Fail("the log does not end");
}

void Handles(MemdevWriter& probe) {
  MakeEvents(probe, 12);
  std::set<uint16_t> seen;
  for (const EventRecordView& record : TakeEvents(probe)) {
    probe.Require(record.handle != 0, "a record has handle 0");
    probe.Require(seen.insert(record.handle).second,
                  fmt::format("handle {} is given twice", record.handle));
  }
  probe.Require(seen.size() == 12,
                fmt::format("12 lines were injected, and {} records are there",
                            seen.size()));
}

void Order(MemdevWriter& probe) {
  MakeEvents(probe, 6);
  const EventAnswer events = probe.GetEvents(kInformation);
  for (size_t i = 0; i < events.records.size(); ++i)
    probe.Require(
        events.records[i].dpa == probe.Line(static_cast<int64_t>(2 * i)),
        fmt::format("record {} is not of the injection of that number", i));
}

void ReadTwice(MemdevWriter& probe) {
  MakeEvents(probe, 3);
  const size_t first = probe.GetEvents(kInformation).records.size();
  const size_t second = probe.GetEvents(kInformation).records.size();
  probe.Require(first == second,
                fmt::format("{} records are there, and {} when they are read "
                            "again",
                            first, second));
}

void ClearsOne(MemdevWriter& probe) {
  MakeEvents(probe, 3);
  const EventAnswer before = probe.GetEvents(kInformation);
  if (before.records.size() != 3) probe.Skip("EVT-05 fails");
  ClearHandles(probe, {before.records[0].handle});
  const EventAnswer after = probe.GetEvents(kInformation);
  probe.Require(after.records.size() == 2 &&
                    after.records[0].handle == before.records[1].handle &&
                    after.records[1].handle == before.records[2].handle,
                "clearing the first of three records leaves others than the "
                "last two: " +
                    InWords(after));
}

void ClearsSeveral(MemdevWriter& probe) {
  MakeEvents(probe, 5);
  const EventAnswer before = probe.GetEvents(kInformation);
  if (before.records.size() != 5) probe.Skip("EVT-05 fails");
  ClearHandles(probe, {before.records[0].handle, before.records[1].handle,
                       before.records[2].handle});
  const EventAnswer after = probe.GetEvents(kInformation);
  probe.Require(after.records.size() == 2 &&
                    after.records[0].handle == before.records[3].handle,
                "clearing three of five records leaves others than the last "
                "two: " +
                    InWords(after));
}

void UnknownHandle(MemdevWriter& probe) {
  MakeEvents(probe, 2);
  const EventAnswer before = probe.GetEvents(kInformation);
  if (before.records.size() != 2) probe.Skip("EVT-05 fails");
  const auto nobodys = static_cast<uint16_t>(before.records[1].handle + 100);
  const MailboxAnswer answer =
      probe.Tell(C::kClearEvents, EncodeClearEvents(kInformation, {nobodys}),
                 fmt::format("log 0, handle {}", nobodys));
  probe.RequireCode(answer, MemdevCode::kInvalidHandle);
  probe.Require(probe.GetEvents(kInformation).records.size() == 2,
                "a clearing that was refused removed records");
}

uint64_t StatusBits(MemdevWriter& probe) {
  const uint64_t place = probe.mailbox().PlaceOf(kStatusCapability);
  if (place == 0) probe.Skip("there is no device status (REG-01)");
  return probe.mailbox().Register(place, 4);
}

void StatusBit(MemdevWriter& probe) {
  NeedEvents(probe);
  probe.Require((StatusBits(probe) & 1) == 0,
                "the event status has bit 0 while the log is empty");
  probe.Poison(probe.Line(0));
  const EventAnswer events = probe.GetEvents(kInformation);
  if (events.records.empty()) probe.Skip("EVT-03 fails");
  probe.Require(StatusBits(probe) & 1,
                "the event status has no bit 0 while the log holds a record");
  ClearHandles(probe, {events.records[0].handle});
  probe.Require((StatusBits(probe) & 1) == 0,
                "the event status keeps bit 0 when the log is empty again");
}

void Refused(MemdevWriter& probe) {
  NeedEvents(probe);
  probe.InjectWrongly(probe.outside());
  probe.InjectWrongly(probe.Line(0) | 1);
  probe.Require(probe.GetEvents(kInformation).count == 0,
                "an injection that was refused left a record");
}

// One record more than the log has room for, and some.
EventAnswer Overflown(MemdevWriter& probe) {
  const uint16_t room = probe.GetIdentity().log_records[kInformation];
  constexpr uint16_t kMost = 256;
  if (room == 0 || room > kMost)
    probe.Skip(fmt::format("a log of {} records is not filled", room));
  if (room + 3u > probe.facts().most_records)
    probe.Skip("so many errors would end the machine");
  MakeEvents(probe, room + 3);
  const EventAnswer events = probe.GetEvents(kInformation);
  if (events.count == 0) probe.Skip("EVT-03 fails");
  return events;
}

void Overflow(MemdevWriter& probe) {
  const EventAnswer events = Overflown(probe);
  probe.Require(events.overflow(),
                "three records were dropped, and no overflow "
                "is told");
  probe.Require(
      events.dropped == 3,
      fmt::format("three records were dropped, {} are told", events.dropped));
  probe.Require(events.first_dropped <= events.last_dropped,
                "the first that was dropped is later than the last");
}

void OverflowEnds(MemdevWriter& probe) {
  Overflown(probe);
  ClearHandles(probe, {});
  const EventAnswer after = probe.GetEvents(kInformation);
  probe.Require(after.count == 0,
                fmt::format("{} records are left of all", after.count));
  probe.Require(!after.overflow() && after.dropped == 0,
                "the overflow is told of a log that was cleared");
}

void MoreThanFits(MemdevWriter& probe) {
  const uint64_t fits =
      (probe.mailbox().payload_bytes() - kEventHeaderBytes) / kEventBytes;
  const uint16_t room = probe.GetIdentity().log_records[kInformation];
  if (fits + 2 > room || fits > 256)
    probe.Skip("a whole log fits into one answer");
  if (fits + 2 > probe.facts().most_records)
    probe.Skip("so many errors would end the machine");
  const auto count = static_cast<int64_t>(fits + 2);
  MakeEvents(probe, count);
  const EventAnswer first = probe.GetEvents(kInformation);
  if (first.count == 0) probe.Skip("EVT-03 fails");
  probe.Require(first.more(),
                fmt::format("{} of {} records came, and no more are said to be "
                            "there",
                            first.count, count));
  const size_t all = TakeEvents(probe).size();
  probe.Require(all == static_cast<size_t>(count),
                fmt::format("{} of {} records came together", all, count));
}

void TellsKernel(MemdevWriter& probe) {
  KernelView& kernel = probe.kernel();
  probe.Need({C::kGetPoison, C::kInjectPoison, C::kClearPoison});
  if (!kernel.Interrupts()) probe.Skip("the device has no interrupt here");
  kernel.Reported();
  probe.Poison(probe.Line(4));
  for (int i = 0; i < 100; ++i) {
    for (uint64_t dpa : kernel.Reported()) {
      probe.Require(dpa == probe.Line(4),
                    "the kernel is told of DPA " + Hexadecimal(dpa) +
                        " instead of " + Hexadecimal(probe.Line(4)));
      return;
    }
    probe.device().Sleep(milliseconds(10));
  }
  probe.Fail("the kernel was told of nothing within a second");
}

}  // namespace event_checks

std::vector<MemdevCheck> EventChecks() {
  using namespace event_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"EVT-01", "All four logs are answered, and what they say fits", kGet,
        kArea},
       kBy,
       EveryLog},
      {{"EVT-02", "A log that there is not is refused (2h)", kGet, kArea},
       kBy,
       NoSuchLog},
      {{"EVT-03", "An injection is one informational record with its DPA",
        kInject, kArea},
       kBy,
       OneRecord},
      {{"EVT-04", "Its transaction is \"host inject poison\"", kInject, kArea},
       kBy,
       Transaction},
      {{"EVT-05", "Handles are not zero and not given twice", kRecord, kArea},
       kBy,
       Handles},
      {{"EVT-06", "A record has its length and its log's severity", kRecord,
        kArea},
       kBy,
       Header},
      {{"EVT-07", "The oldest record comes first", kGet, kArea}, kBy, Order},
      {{"EVT-08", "Reading records does not clear them", kGet, kArea},
       kBy,
       ReadTwice},
      {{"EVT-09", "Clearing a record clears that one", kClear, kArea},
       kBy,
       ClearsOne},
      {{"EVT-10", "Clearing several clears those", kClear, kArea},
       kBy,
       ClearsSeveral},
      {{"EVT-11", "An unknown handle is refused (Eh) and clears nothing",
        kClear, kArea},
       kBy,
       UnknownHandle},
      {{"EVT-12", "The event status is set while the log holds a record",
        kStatus, kArea},
       kBy,
       StatusBit},
      {{"EVT-13", "A refused injection leaves no record", kInject, kArea},
       kBy,
       Refused},
      {{"EVT-14", "A full log counts what it drops", kGet, kArea},
       kBy,
       Overflow},
      {{"EVT-15", "Clearing all records ends the overflow", kClear, kArea},
       kBy,
       OverflowEnds},
      {{"EVT-16", "Records that do not fit come when the first are cleared",
        kGet, kArea},
       kBy,
       MoreThanFits},
      {{"EVT-19", "The kernel is told of an injection within a second", kKernel,
        kArea},
       AskedBy::kKernel,
       TellsKernel},
  };
}

}  // namespace daxmend
