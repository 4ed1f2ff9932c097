// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_writer.h"

#include <utility>

#include "core/text.h"

namespace daxmend {

uint64_t MemdevWriter::Line(int64_t number) const {
  const uint64_t at =
      static_cast<uint64_t>(number < 0 ? -number : number) * kMediaLineBytes;
  return number < 0 ? range_.end - at : range_.begin + at;
}

std::vector<unsigned> MemdevWriter::BitsOutside() {
  std::vector<unsigned> bits;
  for (unsigned bit : {40u, 51u, 63u})
    if (uint64_t{1} << bit >= facts().bytes()) bits.push_back(bit);
  return bits;
}

void MemdevWriter::Refuse(const RefusedCommands& commands) {
  refused_.insert(commands.begin(), commands.end());
}

void MemdevWriter::RequireAllowed(MemdevCommand command) {
  if (const auto refused = refused_.find(command); refused != refused_.end())
    Skip(refused->second);
}

const std::vector<DpaRange>& MemdevWriter::ReadBefore() {
  before_ = Listed();
  return before_;
}

MailboxAnswer MemdevWriter::Tell(MemdevCommand command, const std::string& in,
                                 const std::string& in_words) {
  RequireAllowed(command);
  told_.insert(command);
  return AskAny(command, in, in_words);
}

void MemdevWriter::Do(MemdevCommand command, const std::string& in,
                      const std::string& in_words) {
  const MailboxAnswer answer = Tell(command, in, in_words);
  if (answer.error) Fail(WhyUnanswered(command, answer.error));
  Require(answer.code == MemdevCode::kSuccess,
          InWords(command) + ": return code " + InWords(answer.code));
}

MailboxAnswer MemdevWriter::Inject(uint64_t dpa) {
  RequireAllowed(MemdevCommand::kInjectPoison);
  // Before it is sent, for it may be taken and not be answered; of a DPA that
  // is misaligned its line.
  if (range_.Contains(dpa)) injected_.insert(dpa / kMediaLineBytes);
  return Tell(MemdevCommand::kInjectPoison, EncodeDpa(dpa),
              "DPA " + Hexadecimal(dpa));
}

MailboxAnswer MemdevWriter::Clear(uint64_t dpa) {
  return Tell(MemdevCommand::kClearPoison, EncodeClearPoison(dpa),
              "DPA " + Hexadecimal(dpa) + ", zeros");
}

MailboxAnswer MemdevWriter::InjectWrongly(uint64_t dpa) {
  const MailboxAnswer answer = Inject(dpa);
  if (answer.error == 0 && answer.code == MemdevCode::kSuccess) Clear(dpa);
  return answer;
}

void MemdevWriter::Poison(uint64_t dpa) {
  RequireCode(Inject(dpa), MemdevCode::kSuccess);
}

void MemdevWriter::Unpoison(uint64_t dpa) {
  RequireCode(Clear(dpa), MemdevCode::kSuccess);
}

std::vector<MediaRecord> MemdevWriter::NewOf(
    const std::vector<MediaRecord>& records) {
  std::vector<MediaRecord> out;
  for (const MediaRecord& record : records) {
    // One without lines is a fault, and stays to be found.
    if (record.range().empty()) out.push_back(record);
    for (DpaRange part : Subtract(record.range(), before_)) {
      out.push_back(record);
      out.back().dpa = part.begin;
      out.back().lines = static_cast<uint32_t>(part.length() / kMediaLineBytes);
    }
  }
  return out;
}

void MemdevWriter::RequireListed(const std::vector<uint64_t>& dpas) {
  std::vector<DpaRange> wanted;
  for (uint64_t dpa : dpas)
    wanted.push_back(DpaRange::OfLength(dpa, kMediaLineBytes));
  wanted = Normalize(std::move(wanted));
  const std::vector<DpaRange> listed = SubtractAll(Listed(), before_);
  Require(listed == wanted, "the device lists " + DpasInWords(listed) +
                                " instead of " + DpasInWords(wanted));
}

void MemdevWriter::ResetFunction() {
  using C = MemdevCommand;
  if (!mailbox().registers().Reset())
    Skip("the function cannot be reset alone");
  told_.insert(
      {C::kSetAlerts, C::kSetFeature, C::kSetEventPolicy, C::kSetTimestamp});
}

std::set<MemdevCommand> MemdevWriter::TakeTold() {
  return std::exchange(told_, {});
}

std::string MemdevWriter::ClearInjected() {
  std::string left;
  for (uint64_t line : std::set<uint64_t>(injected_)) {
    try {
      Unpoison(line * kMediaLineBytes);
      injected_.erase(line);
    } catch (const CheckEnd& end) {
      left = "the line at DPA " + Hexadecimal(line * kMediaLineBytes) +
             " cannot be cleared: " + end.reason;
    }
  }
  return left;
}

}  // namespace daxmend
