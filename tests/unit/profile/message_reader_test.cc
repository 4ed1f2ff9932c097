// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/message_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace daxmend {
namespace {

using Messages = std::vector<std::pair<ProfileMessage, std::string>>;

class MessageReaderTest : public testing::Test {
 protected:
  void Load(uint64_t table, std::initializer_list<int> bytes) {
    for (int byte : bytes) reader_.Loaded(table + static_cast<uint64_t>(byte));
  }
  Messages got_;
  std::optional<uint64_t> table_;
  MessageReader reader_{[this](ProfileMessage kind, const std::string& text) {
                          got_.emplace_back(kind, text);
                        },
                        &table_};
};

TEST_F(MessageReaderTest, TakesBytesFromTheAddressesOfLoads) {
  Load(0x5000, {0, 0, 0, 5, 4, 7, 0, 0, 0});
  EXPECT_EQ(got_,
            (Messages{{ProfileMessage::kSync, ""},
                      {ProfileMessage::kJob, std::string("\x07\0\0\0", 4)}}));
  EXPECT_EQ(MessageReader::Number(got_[1].second, 0, 4), 7u);
}

TEST_F(MessageReaderTest, OtherLoadsAreNoBytes) {
  Load(0x5000, {0, 4});
  Load(0x9000, {7, 8});
  Load(0x5000, {0});
  EXPECT_EQ(got_, (Messages{{ProfileMessage::kStart, ""}}));
}

TEST_F(MessageReaderTest, AnotherThreadHasTheSameTable) {
  Load(0x5000, {0, 0, 0});
  Messages other;
  MessageReader reader(
      [&](ProfileMessage kind, const std::string& text) {
        other.emplace_back(kind, text);
      },
      &table_);
  for (uint64_t address : {0x5005, 0x5001, 0x5009}) reader.Loaded(address);
  EXPECT_EQ(other, (Messages{{ProfileMessage::kJob, "\x09"}}));
}

TEST_F(MessageReaderTest, KeepsBytesOfEveryValue) {
  Load(0x5000, {0, 3, 16});
  for (int byte : {0, 255, 128, 127, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    Load(0x5000, {byte});
  ASSERT_EQ(got_.size(), 1u);
  EXPECT_EQ(MessageReader::Number(got_[0].second, 0, 8), 0x040302017f80ff00u);
}

TEST(MessageNumber, IsNothingBehindTheEnd) {
  EXPECT_EQ(MessageReader::Number("abc", 1, 4), 0u);
}

}  // namespace
}  // namespace daxmend
