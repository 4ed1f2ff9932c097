// SPDX-License-Identifier: GPL-2.0-only
//
// Scan Media, and the background command that it is.

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace scan_checks {

constexpr char kArea[] = "Scan media";
constexpr char kCapabilities[] = "CXL 3.1 §8.2.9.9.4.4";
constexpr char kScan[] = "CXL 3.1 §8.2.9.9.4.5";
constexpr char kResults[] = "CXL 3.1 §8.2.9.9.4.6";
constexpr char kBackground[] = "CXL 3.1 §8.2.8.4.7, §8.2.9.9.4.5";

using C = MemdevCommand;
using std::chrono::milliseconds;

// What is scanned: the first so many lines of the test range.
constexpr uint64_t kLines = 1024;
constexpr std::chrono::seconds kPatience{30};

MailboxAnswer AskCapabilities(MemdevProbe& probe, uint64_t dpa,
                              uint64_t lines) {
  probe.mailbox();
  probe.Need({C::kScanCapabilities});
  return probe.Ask(C::kScanCapabilities, EncodeDpaRange(dpa, lines),
                   fmt::format("DPA {}, {} lines", Hexadecimal(dpa), lines));
}

// Like its list, a scan of volatile memory need not be offered.
bool IsNotOffered(MemdevProbe& probe, const MailboxAnswer& answer,
                  DpaRange range) {
  return answer.code == MemdevCode::kInvalidAddress &&
         range.end <= probe.facts().volatile_bytes;
}
constexpr char kNoScan[] = "the device scans no volatile memory";

void Estimate(MemdevProbe& probe) {
  bool estimated = false;
  for (DpaRange part : probe.Parts()) {
    const MailboxAnswer answer =
        AskCapabilities(probe, part.begin, part.length() / kMediaLineBytes);
    if (IsNotOffered(probe, answer, part)) continue;
    probe.RequireCode(answer, MemdevCode::kSuccess);
    PayloadReader reader(answer.bytes);
    const auto estimate = reader.Take<uint32_t>();
    probe.Require(
        reader.ok() && answer.claimed == 4,
        fmt::format("the answer has {} bytes, not 4", answer.claimed));
    probe.Require(estimate != 0, "it estimates 0 ms for the whole device");
    estimated = true;
  }
  if (!estimated) probe.Skip(kNoScan);
}

void EstimateMisaligned(MemdevProbe& probe) {
  const std::vector<DpaRange> parts = probe.Parts();
  if (parts.empty()) probe.Skip("the device has no memory");
  const MailboxAnswer answer =
      AskCapabilities(probe, parts.back().begin | 32, 1);
  if (IsNotOffered(probe, answer, parts.back())) probe.Skip(kNoScan);
  probe.RequireCode(answer, MemdevCode::kInvalidInput);
}

void EstimateOutside(MemdevProbe& probe) {
  probe.RequireCode(AskCapabilities(probe, probe.facts().bytes(), 1),
                    MemdevCode::kInvalidAddress);
}

MailboxAnswer Start(MemdevWriter& probe, uint64_t dpa, uint64_t lines) {
  probe.mailbox();
  probe.Need(
      {C::kScanMedia, C::kScanResults, C::kInjectPoison, C::kClearPoison});
  constexpr char kNoEvents = 1;
  MailboxAnswer answer =
      probe.Tell(C::kScanMedia, EncodeDpaRange(dpa, lines) + kNoEvents,
                 fmt::format("DPA {}, {} lines", Hexadecimal(dpa), lines));
  if (IsNotOffered(probe, answer,
                   DpaRange::OfLength(dpa, lines * kMediaLineBytes)))
    probe.Skip(kNoScan);
  return answer;
}

// Until no scan runs; what the register said last.
BackgroundStatus Wait(MemdevWriter& probe) {
  const auto begin = probe.device().Now();
  unsigned percent = 0;
  for (;;) {
    const BackgroundStatus status = probe.mailbox().Background();
    probe.Require(status.command == static_cast<uint16_t>(C::kScanMedia),
                  fmt::format("the background status has opcode {:04x}h",
                              status.command));
    probe.Require(status.percent <= 100,
                  fmt::format("{} % are done", status.percent));
    probe.Require(
        status.percent >= percent,
        fmt::format("{} % are done, behind {} %", status.percent, percent));
    percent = status.percent;
    if (percent == 100) return status;
    if (probe.device().Now() - begin > kPatience)
      probe.Fail("the scan has not ended after 30 s");
    probe.device().Sleep(milliseconds(5));
  }
}

void Scan(MemdevWriter& probe, uint64_t dpa, uint64_t lines) {
  probe.RequireCode(Start(probe, dpa, lines), MemdevCode::kBackground);
  const BackgroundStatus status = Wait(probe);
  probe.Require(status.code == MemdevCode::kSuccess,
                "the scan ended with " + InWords(status.code));
}

ScanResults Results(MemdevWriter& probe) {
  const MailboxAnswer answer = probe.Tell(C::kScanResults, "");
  probe.RequireCode(answer, MemdevCode::kSuccess);
  Decoded<ScanResults> results = DecodeScanResults(answer.bytes);
  if (!results.value) probe.Fail(results.error);
  probe.Require(
      answer.claimed == kPoisonHeaderBytes +
                            kPoisonRecordBytes * uint64_t{results.value->count},
      fmt::format("{} records are declared in {} bytes", results.value->count,
                  answer.claimed));
  return std::move(*results.value);
}

std::vector<DpaRange> Found(const ScanResults& results) {
  std::vector<DpaRange> found;
  for (const MediaRecord& record : results.records)
    found.push_back(record.range());
  return Normalize(std::move(found));
}

void RequireFound(MemdevWriter& probe, std::initializer_list<int64_t> lines) {
  std::vector<DpaRange> wanted;
  for (int64_t line : lines)
    wanted.push_back(DpaRange::OfLength(probe.Line(line), kMediaLineBytes));
  wanted = Normalize(std::move(wanted));
  const std::vector<DpaRange> found = Found(Results(probe));
  probe.Require(found == wanted, "the scan found " + DpasInWords(found) +
                                     " instead of " + DpasInWords(wanted));
}

void Finds(MemdevWriter& probe) {
  probe.Need({C::kScanMedia, C::kInjectPoison, C::kClearPoison});
  for (int64_t line : {4, 8, 9}) probe.Poison(probe.Line(line));
  Scan(probe, probe.Line(0), kLines);
  RequireFound(probe, {4, 8, 9});
}

void FindsNothing(MemdevWriter& probe) {
  Scan(probe, probe.Line(0), kLines);
  RequireFound(probe, {});
}

void OnlyInRange(MemdevWriter& probe) {
  probe.Need({C::kScanMedia, C::kInjectPoison, C::kClearPoison});
  for (int64_t line : {3, 4, 20, 35, 36}) probe.Poison(probe.Line(line));
  Scan(probe, probe.Line(4), 32);
  RequireFound(probe, {4, 20, 35});
}

void Whole(MemdevWriter& probe) {
  Scan(probe, probe.Line(0), kLines);
  const ScanResults results = Results(probe);
  probe.Require(!results.stopped() && results.restart_lines == 0,
                "the scan says that it stopped, and it ended with success");
  probe.Require(!results.more(), "there is more than nothing");
  probe.Require((results.flags & ~0x3) == 0,
                fmt::format("the flags are {:#x}", results.flags));
}

void KeepsList(MemdevWriter& probe) {
  probe.Need({C::kScanMedia, C::kInjectPoison, C::kClearPoison});
  for (int64_t line : {4, 8}) probe.Poison(probe.Line(line));
  Scan(probe, probe.Line(0), kLines);
  Results(probe);
  probe.RequireListed({probe.Line(4), probe.Line(8)});
}

void OneAtATime(MemdevWriter& probe) {
  probe.RequireCode(Start(probe, probe.Line(0), kLines),
                    MemdevCode::kBackground);
  if (probe.mailbox().Background().percent == 100)
    probe.Skip("the scan has ended before a second can be asked for");
  const MailboxAnswer second = Start(probe, probe.Line(0), kLines);
  Wait(probe);
  probe.RequireCode(second, MemdevCode::kBusy);
}

void AnswersMeanwhile(MemdevWriter& probe) {
  const std::string before = probe.Get(C::kIdentify);
  probe.RequireCode(Start(probe, probe.Line(0), kLines),
                    MemdevCode::kBackground);
  const MailboxAnswer during = probe.Ask(C::kIdentify, "");
  Wait(probe);
  probe.RequireCode(during, MemdevCode::kSuccess);
  probe.Require(during.bytes == before,
                "Identify is answered otherwise while a scan runs");
}

void RefusesMisaligned(MemdevWriter& probe) {
  probe.RequireCode(Start(probe, probe.Line(0) | 16, kLines),
                    MemdevCode::kInvalidInput);
}

void RefusesOutside(MemdevWriter& probe) {
  probe.RequireCode(Start(probe, probe.Line(-1), 2),
                    MemdevCode::kInvalidAddress);
}

}  // namespace scan_checks

std::vector<MemdevCheck> ScanChecks() {
  using namespace scan_checks;
  constexpr auto kBy = AskedBy::kDirect;
  return {
      {{"SCAN-01", "A scan's time is estimated", kCapabilities, kArea},
       kBy,
       Estimate},
      {{"SCAN-02", "That of a misaligned DPA is refused (2h)", kCapabilities,
        kArea},
       kBy,
       EstimateMisaligned},
      {{"SCAN-03", "That of a DPA behind the device is refused (Fh)",
        kCapabilities, kArea},
       kBy,
       EstimateOutside},
      {{"SCAN-04", "A scan ends, and finds what was injected", kResults, kArea},
       kBy,
       Finds},
      {{"SCAN-05", "It finds nothing where there is nothing", kResults, kArea},
       kBy,
       FindsNothing},
      {{"SCAN-06", "It finds nothing outside of its range", kResults, kArea},
       kBy,
       OnlyInRange},
      {{"SCAN-07", "A scan that ended says that it is whole", kResults, kArea},
       kBy,
       Whole},
      {{"SCAN-08", "A scan leaves the poison list alone", kScan, kArea},
       kBy,
       KeepsList},
      {{"SCAN-09", "A second scan is refused while one runs (6h)", kBackground,
        kArea},
       kBy,
       OneAtATime},
      {{"SCAN-10", "Other commands are answered while one runs", kBackground,
        kArea},
       kBy,
       AnswersMeanwhile},
      {{"SCAN-11", "A scan of a misaligned DPA is refused (2h)", kScan, kArea},
       kBy,
       RefusesMisaligned},
      {{"SCAN-12", "A scan across the device's end is refused (Fh)", kScan,
        kArea},
       kBy,
       RefusesOutside},
  };
}

}  // namespace daxmend
