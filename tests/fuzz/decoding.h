// SPDX-License-Identifier: GPL-2.0-only
//
// What every fuzzer of decoders demands: a value, or in one line why there is
// none, and never more records than there are bytes for. Ends the program
// otherwise.

#ifndef DAXMEND_TESTS_FUZZ_DECODING_H_
#define DAXMEND_TESTS_FUZZ_DECODING_H_

#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "validate/payload_reader.h"

namespace daxmend {

inline void RequireLine(const std::string& text) {
  Require(!text.empty(), "nothing is said");
  Require(text.find('\n') == std::string::npos, "more than one line");
}

template <class T>
void Decode(std::string_view bytes, Decoded<T> (*decode)(std::string_view)) {
  const Decoded<T> decoded = decode(bytes);
  if (!decoded.value) return RequireLine(decoded.error);
  RequireLine(InWords(*decoded.value));
  // Bytes of the shortest one each.
  if constexpr (requires { decoded.value->records; })
    Require(decoded.value->records.size() <= bytes.size() / 16,
            "more records than bytes");
  if constexpr (requires { decoded.value->devices; })
    Require(decoded.value->devices.size() <= bytes.size() / 16,
            "more devices than bytes");
  if constexpr (requires { decoded.value->entries; })
    Require(decoded.value->entries.size() <= bytes.size() / 48,
            "more features than bytes");
  if constexpr (requires { decoded.value->logs; })
    Require(decoded.value->logs.size() <= bytes.size() / 20,
            "more logs than bytes");
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_FUZZ_DECODING_H_
