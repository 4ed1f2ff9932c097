// SPDX-License-Identifier: GPL-2.0-only
//
// Messages out of the addresses a guest loads from (core/profile_protocol.h).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_PROFILE_MESSAGE_READER_H_
#define DAXMEND_MACHINE_PROFILE_MESSAGE_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/profile_protocol.h"

namespace daxmend {

class MessageReader {
 public:
  // `content`: what comes behind the message's length.
  using Receiver =
      std::function<void(ProfileMessage kind, const std::string& content)>;

  // `table`: of the guest, found with the first byte that any reader is given;
  // all of its threads have one.
  MessageReader(Receiver receiver, std::optional<uint64_t>* table);
  void Loaded(uint64_t address);

  // The number of `bytes` bytes at `at` of `content`; 0 where it is shorter.
  static uint64_t Number(const std::string& content, size_t at, size_t bytes);

 private:
  const Receiver receiver_;
  std::optional<uint64_t>* const table_;
  std::string message_;  // what has come of one
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_MESSAGE_READER_H_
