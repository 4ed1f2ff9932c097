// SPDX-License-Identifier: GPL-2.0-only

#include "records/json_reader.h"

#include <fmt/core.h>

#include <cmath>

#include "core/error.h"

namespace daxmend {

nlohmann::json ParseJson(std::string_view text, const std::string& source) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    const auto* parse = dynamic_cast<const nlohmann::json::parse_error*>(&e);
    // The parser stands one past the last byte when the text ended too early.
    std::string where =
        !parse         ? "a number out of range"
        : text.empty() ? "it is empty"
        : parse->byte > text.size()
            ? "it ends too early"
            : fmt::format("byte {} of {}", parse->byte, text.size());
    throw Error({.thing = source,
                 .cause = "is not valid JSON (" + where +
                          "), it was truncated or edited",
                 .way_out = "write it again"});
  }
}

JsonReader JsonReader::At(const char* key) const {
  if (!value_->is_object()) Fail("is not an object");
  std::string where = where_.empty() ? key : where_ + "." + key;
  auto member = value_->find(key);
  if (member == value_->end())
    throw Error({.thing = *source_ + ": " + where, .cause = "is missing"});
  return JsonReader(*member, *source_, std::move(where));
}

bool JsonReader::Has(const char* key) const {
  return value_->is_object() && value_->contains(key);
}

std::vector<JsonReader> JsonReader::Elements() const {
  if (!value_->is_array()) Fail("is not an array");
  std::vector<JsonReader> elements;
  elements.reserve(value_->size());
  for (size_t i = 0; i < value_->size(); ++i)
    elements.push_back(
        JsonReader((*value_)[i], *source_, fmt::format("{}[{}]", where_, i)));
  return elements;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::Members() const {
  if (!value_->is_object()) Fail("is not an object");
  std::vector<std::pair<std::string, JsonReader>> members;
  for (const auto& [key, value] : value_->items())
    members.emplace_back(
        key,
        JsonReader(value, *source_, where_.empty() ? key : where_ + "." + key));
  return members;
}

const std::string& JsonReader::String() const {
  if (!value_->is_string()) Fail("is not a string");
  return value_->get_ref<const std::string&>();
}

uint64_t JsonReader::Unsigned() const {
  if (!value_->is_number_unsigned())
    Fail("is not a whole number from 0 to 2^64 - 1");
  return value_->get<uint64_t>();
}

double JsonReader::Number() const {
  if (!value_->is_number()) Fail("is not a number");
  double number = value_->get<double>();
  if (!std::isfinite(number)) Fail("is not a finite number");
  return number;
}

bool JsonReader::Bool() const {
  if (!value_->is_boolean()) Fail("is not true or false");
  return value_->get<bool>();
}

void JsonReader::Fail(const std::string& cause,
                      const std::string& way_out) const {
  throw Error(
      {.thing = *source_ + ": " + (where_.empty() ? "the document" : where_),
       .cause = cause,
       .way_out = way_out});
}

}  // namespace daxmend
