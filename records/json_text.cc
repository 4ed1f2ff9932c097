// SPDX-License-Identifier: GPL-2.0-only

#include "records/json_text.h"

#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace daxmend {

std::string QuotedJson(const std::string& text) {
  return nlohmann::json(AsUtf8(text)).dump();
}

std::string NumberJson(double value) { return nlohmann::json(value).dump(); }

}  // namespace daxmend
