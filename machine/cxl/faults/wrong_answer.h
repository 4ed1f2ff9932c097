// SPDX-License-Identifier: GPL-2.0-only
//
// Answers of an emulated CXL memory device that are wrong: a fault stands
// between the mailbox and the right device, and changes what it is asked, what
// it answers, or both.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_FAULTS_WRONG_ANSWER_H_
#define DAXMEND_MACHINE_CXL_FAULTS_WRONG_ANSWER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "machine/cxl/cxl_reply.h"

namespace daxmend {

// What a fault works with: the right device, and what it remembers.
struct WrongDevice {
  // How the right device answers.
  std::function<CxlReply(uint16_t opcode, CxlInput in)> right;
  uint64_t bytes = 0;   // of its memory
  uint64_t count = 0;   // for the fault to use
  uint64_t resets = 0;  // of the function
  std::set<uint64_t> lines = {};
  std::vector<std::byte> kept = {};
};

struct WrongAnswer {
  std::string_view name;
  CxlReply (*answer)(WrongDevice& device, uint16_t opcode, CxlInput in);
};

// All of them.
const std::vector<WrongAnswer>& WrongAnswers();

// By what they are about; WrongAnswers() has them all.
std::vector<WrongAnswer> WrongFields();
std::vector<WrongAnswer> WrongLogs();
std::vector<WrongAnswer> WrongLabels();
std::vector<WrongAnswer> WrongInjections();
std::vector<WrongAnswer> WrongClears();
std::vector<WrongAnswer> WrongLists();
std::vector<WrongAnswer> WrongScans();
std::vector<WrongAnswer> WrongEvents();
std::vector<WrongAnswer> WrongFeatures();
std::vector<WrongAnswer> WrongSettings();

// Little helpers that they share: inputs and fields.
inline uint64_t FieldOf(CxlInput in, size_t offset, size_t bytes) {
  return offset + bytes <= in.size() ? LoadLittle(in, offset, bytes) : 0;
}
inline void SetField(CxlReply* reply, size_t offset, size_t bytes,
                     uint64_t value) {
  if (offset + bytes <= reply->payload.size())
    StoreLittle(reply->payload, offset, bytes, value);
}
// A DPA and what follows it, as an input.
inline std::vector<std::byte> WithDpa(CxlInput in, uint64_t dpa) {
  std::vector<std::byte> out(in.begin(), in.end());
  if (out.size() >= 8) StoreLittle(out, 0, 8, dpa);
  return out;
}

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_FAULTS_WRONG_ANSWER_H_
