// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_probe.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace daxmend {
namespace {

// A log or a list that goes on longer than this does not end.
constexpr size_t kMostAnswers = 4096;
constexpr uint32_t kMostLogBytes = 1 << 20;

}  // namespace

std::string WhyUnanswered(MemdevCommand command, int error) {
  if (error == ETIMEDOUT)
    return InWords(command) + " was not answered within 2 s";
  return InWords(command) + ": the kernel answered: " + std::strerror(error);
}

std::string DpasInWords(const std::vector<DpaRange>& ranges) {
  if (ranges.empty()) return "nothing";
  std::string out;
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < ranges.size() && i < kMost; ++i)
    out += (i ? ", " : "") + Hexadecimal(ranges[i].begin) + " to " +
           Hexadecimal(ranges[i].end);
  if (ranges.size() > kMost)
    out += fmt::format(" and {} more", ranges.size() - kMost);
  return out;
}

Mailbox& MemdevProbe::mailbox() {
  if (!device_.mailbox())
    Skip("the stock kernel lets nobody ask this (--direct does)");
  return *device_.mailbox();
}

KernelView& MemdevProbe::kernel() {
  if (!device_.kernel()) Skip("is about the kernel's driver (not --direct)");
  return *device_.kernel();
}

void MemdevProbe::Fail(const std::string& why) {
  throw CheckEnd{CheckVerdict::kFail, why};
}
void MemdevProbe::Warn(const std::string& why) {
  throw CheckEnd{CheckVerdict::kWarn, why};
}
void MemdevProbe::Skip(const std::string& why) {
  throw CheckEnd{CheckVerdict::kSkip, why};
}

void MemdevProbe::RequireCode(const MailboxAnswer& answer, MemdevCode wanted) {
  if (answer.error)
    Fail(std::string("the kernel answered: ") + std::strerror(answer.error));
  Require(answer.code == wanted, "return code " + InWords(answer.code) +
                                     " instead of " + InWords(wanted));
}

const std::vector<CommandEffect>& MemdevProbe::effects() {
  if (effects_) return *effects_;
  uint32_t bytes = 0;
  for (const SupportedLogs::Log& log : GetSupportedLogs().logs)
    if (log.uuid == kCommandEffectsLog) bytes = log.bytes;
  if (bytes == 0) Skip("the device has no Command Effects Log (CEL-01)");
  if (bytes > kMostLogBytes) Skip("its Command Effects Log is too long");
  const uint32_t room =
      std::max<uint32_t>(64, static_cast<uint32_t>(facts().payload_bytes));
  std::string log;
  while (log.size() < bytes) {
    const auto offset = static_cast<uint32_t>(log.size());
    const uint32_t part = std::min(room, bytes - offset);
    const std::string got = Get(
        MemdevCommand::kGetLog, EncodeGetLog(kCommandEffectsLog, offset, part),
        fmt::format("Command Effects Log, offset {}, length {}", offset, part));
    if (got.empty()) Fail("the Command Effects Log ends before its length");
    log += got;
  }
  log.resize(bytes);
  effects_ = Decode(log, MemdevCommand::kGetLog, DecodeCommandEffects);
  return *effects_;
}

bool MemdevProbe::Offers(MemdevCommand command) {
  return std::any_of(effects().begin(), effects().end(),
                     [&](const CommandEffect& effect) {
                       return effect.opcode == static_cast<uint16_t>(command);
                     });
}

void MemdevProbe::Need(std::initializer_list<MemdevCommand> commands) {
  for (MemdevCommand command : commands)
    if (!Offers(command)) Skip("the device does not offer " + InWords(command));
}

MailboxAnswer MemdevProbe::Ask(MemdevCommand command, const std::string& in,
                               const std::string& in_words, uint64_t length) {
  if (!IsReadOnly(command))
    throw Error({.thing = InWords(command),
                 .cause = "may change something and is not for read-only "
                          "checks"});
  return AskAny(command, in, in_words, length);
}

MailboxAnswer MemdevProbe::AskNobodys() {
  constexpr auto kNobodys = static_cast<MemdevCommand>(0x3ffe);
  if (Offers(kNobodys)) Skip("the device lists 3ffeh, which is nobody's");
  mailbox();
  return AskAny(kNobodys, "", "");
}

MailboxAnswer MemdevProbe::AskAny(MemdevCommand command, const std::string& in,
                                  const std::string& in_words,
                                  uint64_t length) {
  const bool was_silent = device_.mailbox() && device_.mailbox()->silent();
  const auto begin = device_.Now();
  const MailboxAnswer answer = length == UINT64_MAX
                                   ? device_.Send(command, in)
                                   : mailbox().Send(command, in, length);
  if (answer.error == 0)
    latencies_[command].Record(
        static_cast<uint64_t>((device_.Now() - begin).count()));
  evidence_.Keep(
      {.asked = InWords(command) + (in_words.empty() ? "" : ": " + in_words),
       .sent = HexDump(in),
       .answered = answer.error ? std::strerror(answer.error)
                                : "return code " + InWords(answer.code),
       .received = HexDump(answer.bytes)});
  if (device_.mailbox() && answer.error == EBUSY && was_silent)
    Skip("the device has not answered an earlier command");
  if (device_.mailbox() && answer.error == EBUSY)
    Fail("the device's doorbell is set, and no command was sent");
  if (answer.error == ENOTTY)
    Skip("the kernel passes no " + InWords(command) + " on");
  if (answer.error == EBUSY && device_.kernel() &&
      command != MemdevCommand::kInjectPoison)
    Skip("the kernel's driver keeps " + InWords(command) + " to itself");
  if (answer.error == ETIMEDOUT) Fail(WhyUnanswered(command, answer.error));
  return answer;
}

std::string MemdevProbe::Get(MemdevCommand command, const std::string& in,
                             const std::string& in_words) {
  const MailboxAnswer answer = Ask(command, in, in_words);
  if (answer.error) Fail(WhyUnanswered(command, answer.error));
  Require(answer.code == MemdevCode::kSuccess,
          InWords(command) + ": return code " + InWords(answer.code));
  return answer.bytes;
}

template <class T>
T MemdevProbe::Decode(const std::string& bytes, MemdevCommand command,
                      Decoded<T> (*decode)(std::string_view)) {
  Decoded<T> decoded = decode(bytes);
  evidence_.Answered(decoded.value ? InWords(*decoded.value) : decoded.error);
  if (!decoded.value) Fail(InWords(command) + ": " + decoded.error);
  return std::move(*decoded.value);
}

template <class T>
T MemdevProbe::Always(MemdevCommand command,
                      Decoded<T> (*decode)(std::string_view)) {
  return Decode(Get(command), command, decode);
}

template <class T>
T MemdevProbe::Offered(MemdevCommand command,
                       Decoded<T> (*decode)(std::string_view)) {
  Need({command});
  return Always(command, decode);
}

SupportedLogs MemdevProbe::GetSupportedLogs() {
  return Always(MemdevCommand::kGetSupportedLogs, DecodeSupportedLogs);
}

Identity MemdevProbe::GetIdentity() {
  return Always(MemdevCommand::kIdentify, DecodeIdentity);
}

Partitions MemdevProbe::GetPartitions() {
  return Offered(MemdevCommand::kGetPartition, DecodePartitions);
}

Health MemdevProbe::GetHealth() {
  return Offered(MemdevCommand::kGetHealth, DecodeHealth);
}

Alerts MemdevProbe::GetAlerts() {
  return Offered(MemdevCommand::kGetAlerts, DecodeAlerts);
}

FirmwareInfo MemdevProbe::GetFirmware() {
  return Offered(MemdevCommand::kGetFirmware, DecodeFirmwareInfo);
}

std::vector<FeatureEntry> MemdevProbe::GetFeatures() {
  constexpr auto kCommand = MemdevCommand::kGetSupportedFeatures;
  mailbox();
  Need({kCommand});
  std::vector<FeatureEntry> all;
  for (size_t round = 0; round < kMostAnswers; ++round) {
    const auto first = static_cast<uint16_t>(all.size());
    const Features part = Decode(
        Get(kCommand, EncodeGetFeatures(mailbox().payload_bytes(), first),
            fmt::format("from feature {} on", first)),
        kCommand, DecodeFeatures);
    all.insert(all.end(), part.entries.begin(), part.entries.end());
    if (all.size() >= part.total) return all;
    Require(!part.entries.empty(),
            fmt::format("{} features are declared, and the list ends after {}",
                        part.total, all.size()));
  }
  Fail("the list of features does not end");
}

FeatureEntry MemdevProbe::NeedFeature(const CxlUuid& uuid, const char* name) {
  for (const FeatureEntry& feature : GetFeatures())
    if (feature.uuid == uuid) return feature;
  Skip(std::string("the device has no feature ") + name);
}

std::string MemdevProbe::GetFeature(const FeatureEntry& feature,
                                    uint16_t from) {
  constexpr auto kCommand = MemdevCommand::kGetFeature;
  Need({kCommand});
  const size_t room = mailbox().payload_bytes();
  std::string value;
  while (from + value.size() < feature.get_bytes) {
    const auto offset = static_cast<uint16_t>(from + value.size());
    const auto bytes = static_cast<uint16_t>(
        std::min<size_t>(room, feature.get_bytes - offset));
    const std::string part =
        Get(kCommand, EncodeGetFeature(feature.uuid, offset, bytes),
            fmt::format("{}, offset {}, {} bytes", UuidInWords(feature.uuid),
                        offset, bytes));
    value += part;
    if (part.size() != bytes) break;
  }
  return value;
}

std::string MemdevProbe::GetLabels(uint32_t offset, uint32_t bytes) {
  Need({MemdevCommand::kGetLabels});
  std::string in;
  AppendLittleEndian(in, offset);
  AppendLittleEndian(in, bytes);
  return Get(MemdevCommand::kGetLabels, in,
             fmt::format("offset {}, length {}", offset, bytes));
}

PoisonListAnswer MemdevProbe::GetPoison(uint64_t dpa, uint64_t lines) {
  constexpr auto kCommand = MemdevCommand::kGetPoison;
  mailbox();
  return Decode(Get(kCommand, EncodeDpaRange(dpa, lines),
                    fmt::format("DPA {}, {} lines", Hexadecimal(dpa), lines)),
                kCommand, DecodePoisonList);
}

EventAnswer MemdevProbe::GetEvents(uint8_t log) {
  constexpr auto kCommand = MemdevCommand::kGetEvents;
  mailbox();
  Need({kCommand});
  return Decode(Get(kCommand, std::string(1, static_cast<char>(log)),
                    fmt::format("log {}", log)),
                kCommand, DecodeEvents);
}

std::vector<DpaRange> MemdevProbe::Parts() {
  const uint64_t border = facts().volatile_bytes;
  std::vector<DpaRange> parts = {{0, border}, {border, facts().bytes()}};
  std::erase_if(parts, [](DpaRange part) { return part.empty(); });
  return parts;
}

std::optional<PoisonListAnswer> MemdevProbe::GetPoisonOf(DpaRange part) {
  constexpr auto kCommand = MemdevCommand::kGetPoison;
  mailbox();
  const uint64_t lines = part.length() / kMediaLineBytes;
  const MailboxAnswer answer =
      Ask(kCommand, EncodeDpaRange(part.begin, lines),
          fmt::format("DPA {}, {} lines", Hexadecimal(part.begin), lines));
  if (answer.code == MemdevCode::kInvalidAddress && IsVolatile(part))
    return std::nullopt;
  RequireCode(answer, MemdevCode::kSuccess);
  PoisonListAnswer list = Decode(answer.bytes, kCommand, DecodePoisonList);
  list.bytes = answer.claimed;
  return list;
}

std::vector<MediaRecord> MemdevProbe::RecordsOf(DpaRange part) {
  std::vector<MediaRecord> all;
  std::optional<MediaRecord> first;  // of the last answer
  for (size_t round = 0; round < kMostAnswers; ++round) {
    const std::optional<PoisonListAnswer> list = GetPoisonOf(part);
    if (!list) return all;
    Require(list->records.size() == list->count,
            fmt::format("a list declares {} records and has {}", list->count,
                        list->records.size()));
    all.insert(all.end(), list->records.begin(), list->records.end());
    if (!list->more()) return all;
    Require(list->count != 0, "a list without records says that it has more");
    Require(!first || first->dpa != list->records.front().dpa,
            "a list that goes on begins again");
    first = list->records.front();
  }
  Fail(fmt::format("the list has not ended after {} answers", kMostAnswers));
}

std::vector<MediaRecord> MemdevProbe::RecordsByKernel() {
  KernelList list = kernel().List();
  // Which is not the device's fault.
  if (list.lost) list = kernel().List();
  evidence_.Keep({.asked = "the list, through the kernel's trace",
                  .sent = "",
                  .answered = fmt::format("{} records", list.records.size()),
                  .received = ""});
  if (list.lost) Skip("the kernel has lost lines of its trace, twice");
  std::set<uint64_t> seen;
  for (const MediaRecord& record : list.records)
    if (!seen.insert(record.dpa).second && list.full)
      Fail("the kernel's reading of the list begins again and does not end");
  if (list.full)
    Skip(
        fmt::format("the kernel reads {} records of a list, and may leave "
                    "some out (--direct does not)",
                    list.records.size()));
  return std::move(list.records);
}

std::vector<MediaRecord> MemdevProbe::Records() {
  if (device_.kernel()) return RecordsByKernel();
  Need({MemdevCommand::kGetPoison});
  std::vector<MediaRecord> all;
  for (DpaRange part : Parts()) {
    const std::vector<MediaRecord> records = RecordsOf(part);
    all.insert(all.end(), records.begin(), records.end());
  }
  return all;
}

std::vector<DpaRange> MemdevProbe::Listed() {
  std::vector<DpaRange> ranges;
  for (const MediaRecord& record : Records()) ranges.push_back(record.range());
  return Normalize(std::move(ranges));
}

std::vector<MemdevCommand> MemdevProbe::SlowerThan(
    std::chrono::nanoseconds time) const {
  std::vector<MemdevCommand> slow;
  for (const auto& [command, latency] : latencies_)
    if (latency.max() > static_cast<uint64_t>(time.count()))
      slow.push_back(command);
  return slow;
}

std::vector<FunctionLatency> MemdevProbe::Latencies() const {
  std::vector<FunctionLatency> all;
  for (const auto& [command, latency] : latencies_)
    all.push_back({InWords(command), latency});
  return all;
}

}  // namespace daxmend
