// SPDX-License-Identifier: GPL-2.0-only
//
// Reading and writing the little-endian bytes of firmware's payloads. A reader
// never goes past the end: what is not there reads as zero, and ok() tells.
//
// Values; thread-safe.

#ifndef DAXMEND_VALIDATE_PAYLOAD_READER_H_
#define DAXMEND_VALIDATE_PAYLOAD_READER_H_

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daxmend {

// What a decoder makes of bytes: a value, or why there is none.
template <class T>
struct Decoded {
  std::optional<T> value = {};
  std::string error = {};
};

class PayloadReader {
 public:
  explicit PayloadReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Integer>
  Integer Take() {
    uint64_t value = 0;
    const std::string_view bytes = TakeBytes(sizeof(Integer));
    for (size_t i = 0; i < bytes.size(); ++i)
      value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return static_cast<Integer>(value);
  }
  // Fewer when there are fewer.
  std::string_view TakeBytes(size_t count) {
    ok_ = ok_ && count <= bytes_.size();
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  size_t left() const { return bytes_.size(); }
  // Whether everything taken was there.
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

// Whether reserved bytes are as they must be.
inline bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// Why an answer cannot be decoded.
inline std::string TooShort(std::string_view bytes, size_t needed) {
  return fmt::format("the answer has {} bytes, too few for the {} it must have",
                     bytes.size(), needed);
}

template <class Integer>
void AppendLittleEndian(std::string& out, Integer value) {
  for (size_t i = 0; i < sizeof(Integer); ++i)
    out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xff);
}

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_PAYLOAD_READER_H_
