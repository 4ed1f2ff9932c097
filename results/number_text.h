// SPDX-License-Identifier: GPL-2.0-only
//
// Numbers as people read them, each with its unit. Latencies of a virtual
// clock are printed as what they are, counts of instructions.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_NUMBER_TEXT_H_
#define DAXMEND_RESULTS_NUMBER_TEXT_H_

#include <cstdint>
#include <string>

#include "core/clock.h"
#include "core/latency_histogram.h"

namespace daxmend {

// kPlain is ASCII ("us", "x") for terminals and pipes, kRich has the proper
// signs in UTF-8 ("µs", "×") for HTML.
enum class Script { kPlain, kRich };

// How the latencies of one run are written.
class LatencyFormat {
 public:
  // `clock` is the environment's.
  LatencyFormat(Clock clock, Script script)
      : instructions_(clock == Clock::kVirtual), script_(script) {}

  bool instructions() const { return instructions_; }
  Script script() const { return script_; }
  // "6.114 us" of a wall clock; "6,114" of a virtual one (the unit goes into
  // the heading, see unit()).
  std::string Short(double ns) const;
  // The same with the unit in any case: "6,114 instructions".
  std::string Full(double ns) const;
  // Short() of a percentile; a dash where so few latencies cannot tell it.
  std::string Percentile(const LatencyHistogram& latency, double percent) const;
  // For the labels of an axis, 1, 2 or 5 times a power of ten: "10 us", "10k".
  std::string Axis(uint64_t ns) const;
  // "instructions", or "time" when every number has a unit of its own.
  std::string unit() const { return instructions_ ? "instructions" : "time"; }
  // For after a word: "latency in instructions", "latency".
  std::string in_unit() const {
    return instructions_ ? " in instructions" : "";
  }

 private:
  bool instructions_;
  Script script_;
};

// "12,345,678"
std::string Grouped(uint64_t number);
// "1 I/O", "64 I/Os": `noun` takes an s unless there is one.
std::string Counted(uint64_t number, const std::string& noun);
// Three digits: "1.01", "11.3", "113", "1,130".
std::string RatioText(double ratio);
// "512 B", "4 KiB", "1.5 MiB"
std::string BytesText(double bytes);
// `value` with `digits` significant digits, never in scientific notation.
std::string Significant(double value, int digits);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_NUMBER_TEXT_H_
