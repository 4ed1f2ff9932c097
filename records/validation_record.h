// SPDX-License-Identifier: GPL-2.0-only
//
// What `daxmend validate` found out about an NVDIMM's firmware or a CXL memory
// device: plain data that validate fills and results/ turns into reports.
//
// Latencies are nanoseconds of the environment's clock. Values; not
// thread-safe.

#ifndef DAXMEND_RECORDS_VALIDATION_RECORD_H_
#define DAXMEND_RECORDS_VALIDATION_RECORD_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/latency_histogram.h"
#include "records/run_record.h"

namespace daxmend {

inline constexpr int kValidationRecordSchema = 3;

enum class CheckVerdict { kPass, kFail, kWarn, kSkip };
// "PASS", "FAIL", "WARN", "SKIP".
std::string_view CheckVerdictName(CheckVerdict verdict);

// What a check is, apart from how it is run.
struct CheckDescription {
  std::string id;       // "STATUS-03"
  std::string title;    // a sentence: what holds when it passes
  std::string section;  // "ACPI 6.5 §9.20.7.6"
  std::string area;     // "ARS status"
  bool destructive = false;
  // Of a CXL memory device: "kernel", "direct", or both.
  std::string asked = {};
  bool operator==(const CheckDescription&) const = default;
};

// One question and its answer.
struct Exchange {
  std::string asked;     // in words: "Start ARS (function 2): address 0x..."
  std::string sent;      // bytes in hexadecimal
  std::string answered;  // decoded: "status 0 (success), ..."
  std::string received;  // bytes in hexadecimal
  bool operator==(const Exchange&) const = default;
};

struct CheckResult {
  CheckDescription check;
  CheckVerdict verdict = CheckVerdict::kPass;
  std::string reason;  // why not PASS; what was seen, where a PASS says so
  std::vector<Exchange> evidence;
  size_t evidence_left_out = 0;  // exchanges in the middle that were not kept
  bool operator==(const CheckResult&) const = default;
};

// How long the calls of one function took.
struct FunctionLatency {
  std::string function;
  LatencyHistogram latency;
  bool operator==(const FunctionLatency&) const = default;
};

// A CXL memory device that was validated.
struct ValidatedMemdev {
  std::string name;      // "mem0"; empty where an NVDIMM's bus was
  std::string serial;    // "0xda000001"
  std::string firmware;  // its revision
  std::string asked;     // "kernel" or "direct"
  std::string written;   // DPAs that were poisoned; empty when read-only
  bool operator==(const ValidatedMemdev&) const = default;
};

struct ValidationRecord {
  Environment environment;
  std::string bus;             // "ndbus0"
  std::string provider;        // "ACPI.NFIT"
  std::string namespace_name;  // "namespace0.0"; empty when read-only
  ValidatedMemdev memdev;      // instead of these three
  // What could not be uninjected of what was injected; empty when all was.
  std::string left_behind;
  std::vector<CheckResult> checks;
  std::vector<FunctionLatency> latencies;

  size_t Count(CheckVerdict verdict) const;
  bool operator==(const ValidationRecord&) const = default;
};

// Deterministic: equal records give equal bytes, which end in a newline.
std::string ToJson(const ValidationRecord& record);
std::string ToJson(const std::vector<CheckDescription>& checks);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_VALIDATION_RECORD_H_
