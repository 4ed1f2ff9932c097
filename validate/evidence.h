// SPDX-License-Identifier: GPL-2.0-only
//
// How a check ends, and what it keeps of its questions and answers for the
// report: the first and the last of them, each as bytes and in words.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_EVIDENCE_H_
#define DAXMEND_VALIDATE_EVIDENCE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "records/validation_record.h"

namespace daxmend {

// How a check ended if not by returning.
struct CheckEnd {
  CheckVerdict verdict;
  std::string reason;
};

// The first 256 bytes, in groups of four.
std::string HexDump(std::string_view bytes);

class Evidence {
 public:
  // Beyond so many the ones in the middle are left out.
  static constexpr size_t kMostExchanges = 16;

  void Keep(Exchange exchange);
  // Says in words what the last answer was.
  void Answered(const std::string& words);
  // What was seen, for the report of a check that passes.
  void Note(const std::string& what) { note_ = what; }
  // Forgets everything.
  void Begin();
  // Moves everything into `result`.
  void Finish(CheckResult& result);

 private:
  std::string note_;
  std::vector<Exchange> exchanges_;
  size_t left_out_ = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_EVIDENCE_H_
