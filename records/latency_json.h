// SPDX-License-Identifier: GPL-2.0-only
//
// Latencies and timelines as run.json has them. What is read must agree with
// itself: counts, sums and percentiles follow from the values.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_LATENCY_JSON_H_
#define DAXMEND_RECORDS_LATENCY_JSON_H_

#include <cstdint>
#include <string>

#include "core/latency_histogram.h"
#include "records/json_reader.h"
#include "records/run_record.h"

namespace daxmend {

std::string ToJson(const LatencyHistogram& histogram);
std::string ToJson(const Timeline& timeline);

// Of a run.json of this schema. Throw Error.
LatencyHistogram HistogramFromJson(JsonReader path, uint64_t schema);
Timeline TimelineFromJson(JsonReader timeline);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_LATENCY_JSON_H_
