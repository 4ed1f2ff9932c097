// SPDX-License-Identifier: GPL-2.0-only

#include "validate/probe.h"

#include <fmt/core.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace daxmend {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The kernel's own scrubs take a second each at least and put each other off.
constexpr seconds kPatience{60};
// What hangs once hangs again: from then on waits are as long as this.
constexpr seconds kPatienceLeft{5};
// Longer scrubs than of this much are for TIME checks only.
constexpr uint64_t kScrubBytes = uint64_t{16} << 20;
constexpr uint32_t kFirstRoom = 64 << 10;
constexpr uint32_t kMostRoom = 3 << 20;  // below libnvdimm's 4 MiB a call
std::string RangeWords(uint64_t start, uint64_t length) {
  return "address " + Hexadecimal(start) + ", length " + Hexadecimal(length);
}

template <class Range, class Format>
std::string JoinRanges(const std::vector<Range>& ranges, Format format) {
  if (ranges.empty()) return "nothing";
  std::string out;
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < ranges.size() && i < kMost; ++i)
    out += (i ? ", " : "") + format(ranges[i].begin) + " to " +
           format(ranges[i].end);
  if (ranges.size() > kMost)
    out += fmt::format(" and {} more", ranges.size() - kMost);
  return out;
}

std::string WhyNoAnswer(const Answer& answer) {
  if (answer.error == EINVAL)
    return "the method failed or returned something else than a buffer (" +
           std::string(std::strerror(answer.error)) + ")";
  return std::string("the kernel answered: ") + std::strerror(answer.error);
}

// "Start ARS (function 2)"
std::string Named(Function function) {
  return fmt::format("{} (function {})", FunctionName(function),
                     static_cast<uint32_t>(function));
}

}  // namespace

std::string RangesInWords(const std::vector<SpaRange>& ranges) {
  return JoinRanges(ranges, Hexadecimal);
}

std::string RangesInWords(const std::vector<SectorRange>& ranges) {
  return JoinRanges(ranges, [](uint64_t at) { return std::to_string(at); });
}

Probe::Probe(FirmwareBus& bus) : bus_(bus), patience_(kPatience) {}

Probe::Probe(FirmwareBus& bus, SpaRange inside) : Probe(bus) {
  inside_ = inside;
}

void Probe::Fail(const std::string& why) {
  throw CheckEnd{CheckVerdict::kFail, why};
}
void Probe::Warn(const std::string& why) {
  throw CheckEnd{CheckVerdict::kWarn, why};
}
void Probe::Skip(const std::string& why) {
  throw CheckEnd{CheckVerdict::kSkip, why};
}

void Probe::RequireStatus(uint16_t status, uint16_t wanted) {
  Require(status == wanted, "status " + StatusInWords(status) + " instead of " +
                                StatusInWords(wanted));
}

const Nfit& Probe::nfit() {
  if (!nfit_) {
    nfit_bytes_ = bus_.Nfit();
    Decoded<Nfit> decoded = DecodeNfit(nfit_bytes_);
    if (!decoded.value) Fail(decoded.error);
    nfit_ = std::move(*decoded.value);
  }
  return *nfit_;
}

const Nfit& Probe::NfitOnRecord() {
  const Nfit& table = nfit();
  std::string answered = fmt::format("{} bytes", nfit_bytes_.size());
  for (const NfitSpa& spa : table.Spas())
    answered +=
        fmt::format(", SPA range {} at {} length {} attributes {}", spa.index,
                    Hexadecimal(spa.start), Hexadecimal(spa.length),
                    Hexadecimal(spa.attributes));
  evidence_.Keep({.asked = "the NFIT",
                  .sent = "",
                  .answered = answered,
                  .received = HexDump(nfit_bytes_)});
  return table;
}

SpaRange Probe::pmem() {
  for (const NfitSpa& spa : nfit().Spas()) {
    const auto range = SpaRange::OfLength(spa.start, spa.length);
    if (spa.Persistent() && !range.empty() &&
        (!inside_ || range.Contains(*inside_)))
      return range;
  }
  Skip("the NFIT has no range of persistent memory" +
       std::string(inside_ ? " with the namespace in it" : ""));
}

SpaRange Probe::scrub_range() {
  const SpaRange range = pmem();
  return SpaRange::OfLength(range.begin, std::min(range.length(), kScrubBytes));
}

SpaRange Probe::outside(uint64_t length) {
  // x86-64 and arm64 have 52 bits of physical address at most, real machines
  // fewer.
  return SpaRange::OfLength(uint64_t{1} << 51, length);
}

uint64_t Probe::unit() {
  if (unit_) return *unit_;
  const SpaRange range = pmem();
  const ArsCapabilities answer = Capabilities(range.begin, range.length());
  if (answer.status != kStatusSuccess ||
      !std::has_single_bit(answer.clear_unit))
    Skip("there is no usable clear unit (CAP-03)");
  unit_ = answer.clear_unit;
  return *unit_;
}

bool Probe::Offers(Function function) {
  return bus_.Functions() >> static_cast<uint32_t>(function) & 1;
}

Answer Probe::Ask(ReadFunction function, const std::string& input,
                  const std::string& in_words) {
  return AskAny(function, input, in_words);
}

Answer Probe::AskAny(Function function, const std::string& input,
                     const std::string& in_words) {
  uint32_t room =
      function == Function::kArsStatus || function == Function::kInjectStatus
          ? kFirstRoom
          : 256;
  const nanoseconds begin = bus_.Now();
  Answer answer;
  for (;;) {
    const nanoseconds asked = bus_.Now();
    answer = bus_.Call(function, input, room);
    const nanoseconds now = bus_.Now();
    if (answer.error == 0)
      latencies_[function].Record(static_cast<uint64_t>((now - asked).count()));
    // The kernel scrubs and lets nobody else start one meanwhile.
    if (answer.error == EBUSY && function == Function::kStartArs &&
        now - begin < patience_) {
      WaitForKernel();
      bus_.Sleep(kProbePoll);
      continue;
    }
    if (answer.size <= room || room == kMostRoom) break;
    room = static_cast<uint32_t>(std::min<uint64_t>(answer.size, kMostRoom));
  }
  last_size_ = answer.size;
  evidence_.Keep(
      {.asked = Named(function) + (in_words.empty() ? "" : ": " + in_words),
       .sent = HexDump(input),
       .answered = answer.error ? WhyNoAnswer(answer) : "",
       .received = HexDump(answer.bytes)});
  if (answer.error == ENOTTY)
    Skip("firmware does not advertise " + Named(function) +
         ", so the kernel does not ask for it");
  return answer;
}

template <class T>
T Probe::Get(Function function, const std::string& input,
             const std::string& in_words,
             Decoded<T> (*decode)(std::string_view)) {
  const Answer answer = AskAny(function, input, in_words);
  if (answer.error)
    Fail(std::string(FunctionName(function)) + ": " + WhyNoAnswer(answer));
  Decoded<T> decoded = decode(answer.bytes);
  evidence_.Answered(decoded.value ? InWords(*decoded.value) : decoded.error);
  if (!decoded.value)
    Fail(std::string(FunctionName(function)) + ": " + decoded.error);
  return std::move(*decoded.value);
}

ArsCapabilities Probe::Capabilities(uint64_t start, uint64_t length) {
  return Get(Function::kArsCapabilities, EncodeRange(start, length),
             RangeWords(start, length), DecodeArsCapabilities);
}

ArsStart Probe::StartArs(uint64_t start, uint64_t length, uint16_t type,
                         uint8_t flags) {
  return Get(Function::kStartArs, EncodeStartArs(start, length, type, flags),
             fmt::format("{}, type {}, flags {}", RangeWords(start, length),
                         type, Hexadecimal(flags)),
             DecodeArsStart);
}

ArsStatus Probe::Status() {
  return Get(Function::kArsStatus, "", "", DecodeArsStatus);
}

InjectStatus Probe::Injected() {
  return Get(Function::kInjectStatus, "", "", DecodeInjectStatus);
}

void Probe::GiveUpAfter(nanoseconds begin,
                        const std::function<std::string()>& what) {
  if (bus_.Now() - begin <= patience_) return;
  const nanoseconds waited = patience_;
  patience_ = kPatienceLeft;
  Fail(fmt::format("{} after {} s", what(),
                   std::chrono::duration_cast<seconds>(waited).count()));
}

ArsStatus Probe::WaitForArs() {
  const nanoseconds begin = bus_.Now();
  for (;;) {
    ArsStatus status = Status();
    if (status.status != kStatusSuccess || status.extended != kArsBusy)
      return status;
    GiveUpAfter(begin, [] { return "the scrub is still in progress"; });
    bus_.Sleep(kProbePoll);
  }
}

ArsStatus Probe::Scrub(SpaRange range) {
  WaitForKernel();
  const nanoseconds begin = bus_.Now();
  for (;;) {
    const ArsStart start = StartArs(range.begin, range.length());
    if (start.status == kStatusSuccess) break;
    if (start.status != kStatusArsInProgress)
      Fail("Start ARS was refused with status " + StatusInWords(start.status));
    GiveUpAfter(begin, [] {
      return "a scrub that nobody started is still in progress";
    });
    bus_.Sleep(kProbePoll);
  }
  return WaitForArs();
}

void Probe::WaitForKernel() {
  const nanoseconds begin = bus_.Now();
  while (bus_.Scrub().busy) {
    GiveUpAfter(begin, [] { return "the kernel's scrub does not end"; });
    bus_.Sleep(kProbePoll);
  }
}

void Probe::ScrubByKernel() {
  try {
    bus_.StartScrub();
  } catch (const Error& e) {
    if (e.code() != ENOTTY) throw;
    Fail("the kernel does not scrub, for firmware failed it before: " +
         std::string(e.what()));
  }
  WaitForKernel();
}

bool Probe::KernelScrubs(uint64_t before) {
  for (int i = 0; i < 60; ++i) {
    const ScrubState state = bus_.Scrub();
    if (state.busy || state.count != before) return true;
    bus_.Sleep(std::chrono::milliseconds(50));
  }
  return false;
}

void Probe::Begin() {
  unit_.reset();
  evidence_.Begin();
}

void Probe::Finish(CheckResult& result) {
  evidence_.Finish(result);
  Begin();
}

std::vector<FunctionLatency> Probe::Latencies() const {
  std::vector<FunctionLatency> all;
  for (const auto& [function, latency] : latencies_)
    all.push_back({Named(function), latency});
  return all;
}

DestructiveProbe::DestructiveProbe(FirmwareBus& bus, DeviceMedia& disk,
                                   const TestRange& range)
    : Probe(bus, range.spa), disk_(disk), range_(range) {}

Answer DestructiveProbe::Ask(Function function, const std::string& input,
                             const std::string& in_words) {
  return AskAny(function, input, in_words);
}

InjectAnswer DestructiveProbe::Inject(uint64_t start, uint64_t length,
                                      uint8_t options) {
  return Get(Function::kInject, EncodeInject(start, length, options),
             RangeWords(start, length) + ", options " + Hexadecimal(options),
             DecodeInject);
}

InjectAnswer DestructiveProbe::InjectClear(uint64_t start, uint64_t length) {
  return Get(Function::kInjectClear, EncodeRange(start, length),
             RangeWords(start, length), DecodeInject);
}

ClearedError DestructiveProbe::Clear(uint64_t start, uint64_t length) {
  return Get(Function::kClearError, EncodeRange(start, length),
             RangeWords(start, length), DecodeClearedError);
}

}  // namespace daxmend
