// SPDX-License-Identifier: GPL-2.0-only
//
// What an emulated CXL device answers a mailbox command with.
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_CXL_CXL_REPLY_H_
#define DAXMEND_MACHINE_CXL_CXL_REPLY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/cxl/little_endian.h"

namespace daxmend {

// CXL 3.1, Command Return Codes.
enum class CxlStatus : uint16_t {
  kSuccess = 0x0,
  kBackground = 0x1,
  kInvalidInput = 0x2,
  kUnsupported = 0x3,
  kInternalError = 0x4,
  kBusy = 0x6,
  kInvalidHandle = 0xe,
  kInvalidAddress = 0xf,
  kPoisonLimit = 0x10,
  kUnsupportedMailbox = 0x15,
  kInvalidPayloadLength = 0x16,
  kInvalidLog = 0x17
};

using CxlInput = std::span<const std::byte>;

struct CxlReply {
  CxlStatus status = CxlStatus::kSuccess;
  std::vector<std::byte> payload = {};
};

inline CxlReply Refuse(CxlStatus status) { return {.status = status}; }

// Bytes in a row, for an answer.
class CxlPayload {
 public:
  CxlPayload& Add(size_t bytes, uint64_t value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + bytes);
    StoreLittle(bytes_, at, bytes, value);
    return *this;
  }
  // Padded with zeros to `bytes`.
  CxlPayload& AddText(std::string_view text, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
      bytes_.push_back(
          static_cast<std::byte>(i < text.size() ? text[i] : '\0'));
    return *this;
  }
  CxlPayload& AddBytes(std::span<const uint8_t> bytes) {
    for (uint8_t b : bytes) bytes_.push_back(std::byte{b});
    return *this;
  }
  // Room for so many more, to be filled.
  std::span<std::byte> Extend(size_t bytes) {
    bytes_.resize(bytes_.size() + bytes);
    return std::span(bytes_).last(bytes);
  }
  CxlPayload& Zeros(size_t bytes) { return AddText("", bytes); }
  CxlReply Reply() { return {.payload = std::move(bytes_)}; }
  std::vector<std::byte> Take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_CXL_REPLY_H_
