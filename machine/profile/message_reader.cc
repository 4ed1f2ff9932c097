// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/message_reader.h"

#include <utility>

namespace daxmend {

MessageReader::MessageReader(Receiver receiver, std::optional<uint64_t>* table)
    : receiver_(std::move(receiver)), table_(table) {}

void MessageReader::Loaded(uint64_t address) {
  if (!*table_) {
    *table_ = address;
    return;
  }
  // All processes of a guest have it at the same place (norandmaps). QEMU 7.2
  // tells of what helper functions access behind a byte, too.
  if (address < **table_ || address - **table_ > 255) return;
  message_.push_back(static_cast<char>(address - **table_));
  if (message_.size() < 2 ||
      message_.size() - 2 < static_cast<uint8_t>(message_[1]))
    return;
  const std::string whole = std::exchange(message_, {});
  receiver_(static_cast<ProfileMessage>(whole[0]), whole.substr(2));
}

uint64_t MessageReader::Number(const std::string& content, size_t at,
                               size_t bytes) {
  if (content.size() < at + bytes) return 0;
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i)
    number |= static_cast<uint64_t>(static_cast<uint8_t>(content[at + i]))
              << (8 * i);
  return number;
}

}  // namespace daxmend
