// SPDX-License-Identifier: GPL-2.0-only
//
// Scan Media and what it finds.

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {
namespace wrong_scans {

using R = CxlReply;
using In = CxlInput;

constexpr uint16_t kClear = 0x4302, kCapabilities = 0x4303, kScan = 0x4304,
                   kResults = 0x4305;
constexpr uint64_t kLine = 64;
constexpr size_t kHeader = 32, kRecord = 16, kCountAt = 18;

std::vector<std::byte> WithRange(In in, uint64_t dpa, uint64_t lines) {
  std::vector<std::byte> out(in.begin(), in.end());
  if (out.size() >= 16) {
    StoreLittle(out, 0, 8, dpa);
    StoreLittle(out, 8, 8, lines);
  }
  return out;
}

R MissesLast(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  const uint64_t count = FieldOf(reply.payload, kCountAt, 2);
  if (opcode == kResults && count != 0) {
    reply.payload.resize(reply.payload.size() - kRecord);
    SetField(&reply, kCountAt, 2, count - 1);
  }
  return reply;
}

R FindsGhost(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kScan) device.count = FieldOf(in, 0, 8);
  if (opcode == kResults && FieldOf(reply.payload, kCountAt, 2) == 0 &&
      reply.status == CxlStatus::kSuccess) {
    const auto ghost =
        CxlPayload().Add(8, device.count).Add(4, 1).Add(4, 0).Take();
    reply.payload.insert(reply.payload.end(), ghost.begin(), ghost.end());
    SetField(&reply, kCountAt, 2, 1);
  }
  return reply;
}

R FindsOutside(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8), lines = FieldOf(in, 8, 8);
  if (opcode == kScan && dpa % kLine == 0 &&
      dpa + (lines + 8) * kLine <= device.bytes)
    return device.right(opcode, WithRange(in, dpa, lines + 8));
  return device.right(opcode, in);
}

R ClearsWhatItFinds(WrongDevice& device, uint16_t opcode, In in) {
  const R reply = device.right(opcode, in);
  if (opcode == kResults)
    for (uint64_t i = 0; i < FieldOf(reply.payload, kCountAt, 2); ++i)
      device.right(kClear,
                   CxlPayload()
                       .Add(8, FieldOf(reply.payload, kHeader + i * kRecord, 8))
                       .Zeros(64)
                       .Take());
  return reply;
}

R SecondIsTaken(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kScan && reply.status == CxlStatus::kBusy)
    reply.status = CxlStatus::kBackground;
  return reply;
}

R OthersAreBusy(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kScan) {
    const R reply = device.right(opcode, in);
    device.count = reply.status == CxlStatus::kBackground;
    return reply;
  }
  if (opcode == 0x4000 && device.count != 0) {
    device.count = 0;
    return Refuse(CxlStatus::kBusy);
  }
  return device.right(opcode, in);
}

R IsNoBackground(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode == kScan && reply.status == CxlStatus::kBackground)
    reply.status = CxlStatus::kSuccess;
  return reply;
}

R MisalignedRoundsDown(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kScan)
    return device.right(opcode, WithRange(in, FieldOf(in, 0, 8) & ~(kLine - 1),
                                          FieldOf(in, 8, 8)));
  return device.right(opcode, in);
}

R AcrossIsCut(WrongDevice& device, uint16_t opcode, In in) {
  const uint64_t dpa = FieldOf(in, 0, 8);
  if (opcode == kScan && dpa < device.bytes &&
      FieldOf(in, 8, 8) > (device.bytes - dpa) / kLine)
    return device.right(opcode,
                        WithRange(in, dpa, (device.bytes - dpa) / kLine));
  return device.right(opcode, in);
}

R EstimateOfAnything(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kCapabilities && FieldOf(in, 0, 8) % kLine)
    return CxlPayload().Add(4, 1).Reply();
  return device.right(opcode, in);
}

R EstimateOfOutside(WrongDevice& device, uint16_t opcode, In in) {
  if (opcode == kCapabilities && FieldOf(in, 0, 8) >= device.bytes)
    return CxlPayload().Add(4, 1).Reply();
  return device.right(opcode, in);
}

// The results are the last scan's, until they are read twice.
R ResultsOfBefore(WrongDevice& device, uint16_t opcode, In in) {
  R reply = device.right(opcode, in);
  if (opcode != kResults) return reply;
  const std::vector<std::byte> now = reply.payload;
  if (!device.kept.empty()) reply.payload = device.kept;
  device.kept = now;
  return reply;
}

}  // namespace wrong_scans

std::vector<WrongAnswer> WrongScans() {
  using namespace wrong_scans;
  return {
      {"scan-misses-last", MissesLast},
      {"scan-finds-ghost", FindsGhost},
      {"scan-finds-outside", FindsOutside},
      {"scan-clears-what-it-finds", ClearsWhatItFinds},
      {"scan-second-is-taken", SecondIsTaken},
      {"scan-others-are-busy", OthersAreBusy},
      {"scan-is-no-background", IsNoBackground},
      {"scan-misaligned-rounds-down", MisalignedRoundsDown},
      {"scan-across-is-cut", AcrossIsCut},
      {"scan-estimates-anything", EstimateOfAnything},
      {"scan-estimates-outside", EstimateOfOutside},
      {"scan-results-of-before", ResultsOfBefore},
  };
}

}  // namespace daxmend
