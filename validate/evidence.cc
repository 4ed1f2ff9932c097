// SPDX-License-Identifier: GPL-2.0-only

#include "validate/evidence.h"

#include <fmt/core.h>

#include <utility>

namespace daxmend {

std::string HexDump(std::string_view bytes) {
  constexpr size_t kMostBytes = 256;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < bytes.size() && i < kMostBytes; ++i) {
    if (i) out += i % 4 ? "" : " ";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  if (bytes.size() > kMostBytes)
    out += fmt::format(" ... ({} bytes)", bytes.size());
  return out;
}

void Evidence::Keep(Exchange exchange) {
  if (exchanges_.size() == kMostExchanges) {
    exchanges_.erase(exchanges_.begin() + kMostExchanges / 2);
    ++left_out_;
  }
  exchanges_.push_back(std::move(exchange));
}

void Evidence::Answered(const std::string& words) {
  if (!exchanges_.empty()) exchanges_.back().answered = words;
}

void Evidence::Begin() {
  note_.clear();
  exchanges_.clear();
  left_out_ = 0;
}

void Evidence::Finish(CheckResult& result) {
  if (result.reason.empty()) result.reason = note_;
  result.evidence = std::move(exchanges_);
  result.evidence_left_out = left_out_;
  Begin();
}

}  // namespace daxmend
