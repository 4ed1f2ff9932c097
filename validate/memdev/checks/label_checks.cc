// SPDX-License-Identifier: GPL-2.0-only
//
// The label storage area. What is written lies in its last bytes, which are put
// back.

#include <fmt/core.h>

#include "validate/memdev/label_bytes.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace label_checks {

constexpr char kArea[] = "Labels";
constexpr char kGet[] = "CXL 3.1 §8.2.9.9.2.3";
constexpr char kSet[] = "CXL 3.1 §8.2.9.9.2.4";

uint32_t Bytes(MemdevProbe& probe) {
  probe.Need({MemdevCommand::kGetLabels});
  const uint32_t bytes = probe.GetIdentity().label_bytes;
  if (bytes < kTestLabelBytes) probe.Skip("there are too few bytes of labels");
  return bytes;
}

// Where test bytes begin.
uint32_t Place(MemdevProbe& probe) { return Bytes(probe) - kTestLabelBytes; }

MailboxAnswer AskLabels(MemdevProbe& probe, uint32_t offset, uint32_t bytes) {
  std::string in;
  AppendLittleEndian(in, offset);
  AppendLittleEndian(in, bytes);
  return probe.Ask(MemdevCommand::kGetLabels, in,
                   fmt::format("offset {}, length {}", offset, bytes));
}

void ToTheLastByte(MemdevProbe& probe) {
  const uint32_t bytes = Bytes(probe);
  for (uint32_t length : {1u, 64u}) {
    const size_t got = probe.GetLabels(bytes - length, length).size();
    probe.Require(got == length, fmt::format("{} bytes were asked for and {} "
                                             "came",
                                             length, got));
  }
}

void AcrossTheEnd(MemdevProbe& probe) {
  probe.RequireCode(AskLabels(probe, Bytes(probe) - 4, 8),
                    MemdevCode::kInvalidInput);
}

void BehindTheEnd(MemdevProbe& probe) {
  probe.RequireCode(AskLabels(probe, Bytes(probe) + 64, 4),
                    MemdevCode::kInvalidInput);
}

void Wraps(MemdevProbe& probe) {
  Bytes(probe);
  if (probe.facts().ends_at_wrapped_labels)
    probe.Skip("QEMU's device ends the whole machine when asked this");
  probe.RequireCode(AskLabels(probe, 0xffff'fff8, 16),
                    MemdevCode::kInvalidInput);
}

void InParts(MemdevProbe& probe) {
  const uint32_t at = Place(probe);
  const std::string whole = probe.GetLabels(at, 128);
  probe.Require(
      whole.size() == 128 &&
          whole == probe.GetLabels(at, 61) + probe.GetLabels(at + 61, 67),
      "the same bytes in two parts are others");
}

std::string Pattern(size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(i * 7 + 1);
  return out;
}

void Put(MemdevWriter& probe, uint32_t offset, const std::string& data) {
  probe.Need({MemdevCommand::kSetLabels});
  probe.Do(MemdevCommand::kSetLabels, EncodeSetLabels(offset, data),
           fmt::format("offset {}, {} bytes", offset, data.size()));
}

void ComeBack(MemdevWriter& probe) {
  const uint32_t at = Place(probe);
  const std::string data = Pattern(128);
  Put(probe, at + 64, data);
  probe.Require(probe.GetLabels(at + 64, 128) == data,
                "other bytes come back than were written");
}

void Unaligned(MemdevWriter& probe) {
  const uint32_t at = Place(probe) + 13;
  const std::string data = Pattern(37);
  Put(probe, at, data);
  probe.Require(probe.GetLabels(at, 37) == data,
                "other bytes come back than were written");
}

void LastByte(MemdevWriter& probe) {
  const uint32_t at = Place(probe) + kTestLabelBytes - 5;
  const std::string data = Pattern(5);
  Put(probe, at, data);
  probe.Require(probe.GetLabels(at, 5) == data,
                "other bytes come back than were written");
}

void NoNeighbours(MemdevWriter& probe) {
  const uint32_t at = Place(probe);
  Put(probe, at, std::string(96, '\x55'));
  Put(probe, at + 32, std::string(32, '\x33'));
  probe.Require(probe.GetLabels(at, 96) == std::string(32, '\x55') +
                                               std::string(32, '\x33') +
                                               std::string(32, '\x55'),
                "the bytes beside those that were written changed");
}

void WriteAcrossTheEnd(MemdevWriter& probe) {
  const uint32_t at = Place(probe) + kTestLabelBytes - 8;
  probe.Need({MemdevCommand::kSetLabels});
  const std::string before = probe.GetLabels(at, 8);
  std::string other = before + before;
  for (char& c : other) c = static_cast<char>(~c);
  probe.RequireCode(
      probe.Tell(MemdevCommand::kSetLabels, EncodeSetLabels(at, other),
                 fmt::format("offset {}, 16 bytes", at)),
      MemdevCode::kInvalidInput);
  probe.Require(probe.GetLabels(at, 8) == before,
                "a write that was refused changed bytes");
}

}  // namespace label_checks

std::vector<MemdevCheck> LabelChecks() {
  using namespace label_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  return {
      {{"LSA-01", "The last byte can be read", kGet, kArea},
       kBoth,
       ToTheLastByte},
      {{"LSA-02", "A read across the end is refused (2h)", kGet, kArea},
       kBoth,
       AcrossTheEnd},
      {{"LSA-03", "A read behind the end is refused (2h)", kGet, kArea},
       kBoth,
       BehindTheEnd},
      {{"LSA-04", "A read whose end wraps is refused (2h)", kGet, kArea},
       kBoth,
       Wraps},
      {{"LSA-05", "Bytes are the same in parts", kGet, kArea}, kBoth, InParts},
      {{"LSA-06", "What was written comes back", kSet, kArea}, kBoth, ComeBack},
      {{"LSA-07", "So it does at an odd offset, of odd length", kSet, kArea},
       kBoth,
       Unaligned},
      {{"LSA-08", "The last bytes can be written", kSet, kArea},
       kBoth,
       LastByte},
      {{"LSA-09", "A write leaves its neighbours alone", kSet, kArea},
       kBoth,
       NoNeighbours},
      {{"LSA-10", "A write across the end is refused (2h), all of it", kSet,
        kArea},
       kBoth,
       WriteAcrossTheEnd},
  };
}

}  // namespace daxmend
