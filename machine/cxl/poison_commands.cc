// SPDX-License-Identifier: GPL-2.0-only
//
// The commands about poison, and scans for it.

#include <algorithm>
#include <vector>

#include "machine/cxl/memory_commands.h"

namespace daxmend {
namespace {

constexpr size_t kPoisonHeaderBytes = 32;
constexpr size_t kPoisonRecordBytes = 16;
constexpr uint8_t kMorePoison = 1 << 0;

}  // namespace

CxlStatus MemoryCommands::LineAt(uint64_t dpa, uint64_t* line) const {
  if (dpa % kCxlLineBytes != 0) return CxlStatus::kInvalidInput;
  if (dpa >= parameters_.bytes) return CxlStatus::kInvalidAddress;
  *line = dpa / kCxlLineBytes;
  return CxlStatus::kSuccess;
}

CxlStatus MemoryCommands::LinesOf(In in, uint64_t* begin, uint64_t* end) const {
  const CxlStatus status = LineAt(LoadLittle(in, 0, 8), begin);
  if (status != CxlStatus::kSuccess) return status;
  const uint64_t length = LoadLittle(in, 8, 8);
  if (length > parameters_.bytes / kCxlLineBytes - *begin)
    return CxlStatus::kInvalidAddress;
  *end = *begin + length;
  // A range lies in one of two partitions; that of volatile memory need not be
  // offered.
  const uint64_t border = VolatileBytes() / kCxlLineBytes;
  if (*begin<border&& * end> border) return CxlStatus::kInvalidAddress;
  if (*begin < border && Has(CxlFault::kVolatileNotListed))
    return CxlStatus::kInvalidAddress;
  return CxlStatus::kSuccess;
}

CxlReply MemoryCommands::GetPoison(In in) {
  const size_t most_records =
      (PayloadBytes() - kPoisonHeaderBytes) / kPoisonRecordBytes;
  uint64_t begin = 0, end = 0;
  if (const CxlStatus status = LinesOf(in, &begin, &end);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  // Another range starts anew.
  const bool goes_on =
      continued_ && continued_->begin == begin && continued_->end == end;
  std::vector<MediaErrorRecord> records =
      poison_.Records(goes_on ? continued_->next : begin, end);
  continued_.reset();
  if (Has(CxlFault::kListHidesTheLast) && !records.empty()) records.pop_back();
  for (MediaErrorRecord& record : records) {
    if (Has(CxlFault::kListShiftsByALine)) record.address += kCxlLineBytes;
    if (Has(CxlFault::kListHasLengthZero)) record.lines = 0;
  }
  if (Has(CxlFault::kListForgetsWhenRead)) poison_ = {};
  const bool more = records.size() > most_records;
  if (more) {
    continued_ = {.begin = begin,
                  .end = end,
                  .next = records[most_records].address / kCxlLineBytes};
    records.resize(most_records);
  }
  CxlPayload out;
  out.Add(1, more || Has(CxlFault::kListNeverEnds) ? kMorePoison : 0)
      .Add(1, 0)
      .Add(8, 0)  // nothing was ever dropped
      .Add(2, records.size())
      .Zeros(20);
  for (const MediaErrorRecord& record : records)
    out.Add(8, record.address | static_cast<uint64_t>(record.source))
        .Add(4, record.lines)
        .Add(4, 0);
  return out.Reply();
}

CxlReply MemoryCommands::InjectPoison(In in) {
  const uint64_t dpa = LoadLittle(in, 0, 8);
  uint64_t line = dpa / kCxlLineBytes;
  const CxlStatus status = LineAt(dpa, &line);
  const bool taken = (status == CxlStatus::kInvalidInput &&
                      Has(CxlFault::kInjectTakesMisaligned)) ||
                     (status == CxlStatus::kInvalidAddress &&
                      Has(CxlFault::kInjectTakesOutside));
  if (status != CxlStatus::kSuccess && !taken) return Refuse(status);
  if (Has(CxlFault::kInjectIsNotListed)) return {};
  // What is poisoned already stays so, and that is a success.
  if (poison_.Has(line)) return {};
  poison_.Add(line, PoisonSource::kInjected);
  if (!Has(CxlFault::kNoEventOfInjection))
    Note(EventLog::kInformation, dpa, EventTransaction::kHostInjectPoison);
  return {};
}

CxlReply MemoryCommands::ClearPoison(In in) {
  const uint64_t dpa = LoadLittle(in, 0, 8);
  uint64_t line = 0;
  if (const CxlStatus status = LineAt(dpa, &line);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  // The data is written whether the line was bad or not.
  CxlLine data;
  std::ranges::copy(in.subspan(8, kCxlLineBytes), data.begin());
  if (Has(CxlFault::kClearDoesNothing)) return {};
  if (!Has(CxlFault::kClearKeepsData)) store_(dpa, data);
  poison_.Remove(line);
  if (Has(CxlFault::kClearClearsTheNextLine)) poison_.Remove(line + 1);
  return {};
}

CxlReply MemoryCommands::GetScanCapabilities(In in) {
  uint64_t begin = 0, end = 0;
  if (const CxlStatus status = LinesOf(in, &begin, &end);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  // A microsecond a line.
  return CxlPayload()
      .Add(4, std::max<uint64_t>(1, (end - begin) / 1000))
      .Reply();
}

CxlReply MemoryCommands::ScanMedia(In in) {
  uint64_t begin = 0, end = 0;
  if (const CxlStatus status = LinesOf(in, &begin, &end);
      status != CxlStatus::kSuccess)
    return Refuse(status);
  if (scan_.running()) return Refuse(CxlStatus::kBusy);
  constexpr uint16_t kOpcode = 0x4304;
  scan_.Start(kOpcode, poison_.Records(begin, end));
  return Refuse(CxlStatus::kBackground);
}

CxlReply MemoryCommands::GetScanResults(In) {
  if (scan_.running()) return Refuse(CxlStatus::kBusy);
  const size_t most =
      (PayloadBytes() - kPoisonHeaderBytes) / kPoisonRecordBytes;
  const std::vector<MediaErrorRecord> records = scan_.TakeResults(most);
  CxlPayload out;
  out.Zeros(16)  // nothing to scan again
      .Add(1, scan_.has_results() ? kMorePoison : 0)
      .Add(1, 0)
      .Add(2, records.size())
      .Zeros(12);
  for (const MediaErrorRecord& record : records)
    out.Add(8, record.address).Add(4, record.lines).Add(4, 0);
  return out.Reply();
}

}  // namespace daxmend
