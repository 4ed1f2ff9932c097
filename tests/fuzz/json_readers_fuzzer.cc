// SPDX-License-Identifier: GPL-2.0-only
//
// Gives every reader of JSON bytes that anybody may have written. Each may only
// give a value or throw Error, in one line that names the file; what was read
// must come back the same when it is written and read again.

#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "records/injection_record.h"
#include "records/run_record.h"
#include "results/bench/bench_run.h"
#include "results/bench/bench_samples.h"
#include "results/gate/gate_policy.h"
#include "results/run/fio_output.h"
#include "results/run/fio_results.h"
#include "tests/fuzz/require.h"

namespace daxmend {
namespace {

const std::string kSource = "dir/file.json";

template <class Read>
void Try(Read read) {
  try {
    read();
  } catch (const Error& e) {
    const std::string message = e.what();
    Require(message.find('\n') == std::string::npos, "more than one line");
    Require(message.starts_with(kSource), "does not name the file");
  }
}

void ReadAll(std::string_view text) {
  Try([&] {
    const RunRecord record = RunRecordFromJson(text, kSource);
    Require(RunRecordFromJson(ToJson(record), kSource) == record,
            "run.json does not come back");
  });
  Try([&] { InjectionRecordFromJson(text, kSource); });
  Try([&] { FioResultsFromJson(text, kSource); });
  Try([&] { ValuesOfFio(text, kSource); });
  Try([&] { PolicyFromJson(text, kSource); });
  Try([&] {
    const BenchSamples samples = BenchSamplesFromJson(text, kSource);
    const std::string again = ToJson(samples);
    Require(ToJson(BenchSamplesFromJson(again, kSource)) == again,
            "samples.json does not come back");
    try {
      JudgeSamples(samples, Policy(), kSource);
    } catch (const Error&) {
    }
  });
  const FioOutput output = SplitFioOutput(text);
  // Only what had to be made valid may grow.
  Require(!output.flaw.empty() ||
              output.json.size() + output.normal.size() <= text.size() + 1,
          "fio's output grew");
  Require(output.json.empty() || nlohmann::json::accept(output.json),
          "fio's output is not valid");
}

}  // namespace
}  // namespace daxmend

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  daxmend::ReadAll({reinterpret_cast<const char*>(data), size});
  return 0;
}
