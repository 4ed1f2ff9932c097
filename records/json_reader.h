// SPDX-License-Identifier: GPL-2.0-only
//
// Reads values out of JSON that somebody else may have edited, truncated or
// written with another version. Whatever is wrong ends in an Error that names
// the file and the key at fault:
//
//   nlohmann::json document = ParseJson(text, "results/latest/run.json");
//   JsonReader root(document, "results/latest/run.json");
//   for (JsonReader job : root.At("jobs").Elements())
//     Use(job.At("name").String(), job.At("counters").At("ios").Unsigned());
//
//   -> results/latest/run.json: jobs[2].counters.ios is missing
//
// A reader points into the document and must not outlive it.

#ifndef DAXMEND_RECORDS_JSON_READER_H_
#define DAXMEND_RECORDS_JSON_READER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daxmend {

// Throws Error for anything that is not one whole JSON document.
nlohmann::json ParseJson(std::string_view text, const std::string& source);

class JsonReader {
 public:
  JsonReader(const nlohmann::json& value, const std::string& source)
      : value_(&value), source_(&source) {}

  // The member `key` of an object; throws Error when there is none.
  JsonReader At(const char* key) const;
  bool Has(const char* key) const;
  // The elements of an array.
  std::vector<JsonReader> Elements() const;

  // The members of an object, ascending by name.
  std::vector<std::pair<std::string, JsonReader>> Members() const;

  const std::string& String() const;
  // A whole number that is not negative.
  uint64_t Unsigned() const;
  // Any finite number.
  double Number() const;
  bool Bool() const;
  bool IsNull() const { return value_->is_null(); }

  // "SOURCE: jobs[2].counters.ios CAUSE: WAY OUT"
  [[noreturn]] void Fail(const std::string& cause,
                         const std::string& way_out = "") const;

 private:
  JsonReader(const nlohmann::json& value, const std::string& source,
             std::string where)
      : value_(&value), source_(&source), where_(std::move(where)) {}

  const nlohmann::json* value_;
  const std::string* source_;
  std::string where_;
};

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_JSON_READER_H_
