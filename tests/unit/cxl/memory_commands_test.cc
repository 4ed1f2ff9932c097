// SPDX-License-Identifier: GPL-2.0-only
//
// The emulated CXL device's commands, as a driver sends them.

#include "machine/cxl/memory_commands.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "machine/cxl/little_endian.h"

namespace daxmend {
namespace {

constexpr uint64_t kBytes = uint64_t{256} << 20;
constexpr uint8_t kCel[] = {0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41, 0x4b, 0x78,
                            0x8f, 0x79, 0x96, 0xb1, 0x62, 0x3b, 0x3f, 0x17};

class CxlCommands : public testing::Test {
 protected:
  std::map<uint64_t, CxlLine> stored_;
  std::vector<uint32_t> raised_;
  MemoryCommands commands_{
      {.bytes = kBytes, .serial = 1},
      [this](uint64_t dpa, const CxlLine& line) { stored_[dpa] = line; }};

  CxlCommands() {
    commands_.OnEvent([this](uint32_t vector) { raised_.push_back(vector); });
  }

  struct Field {
    size_t bytes;
    uint64_t value;
  };
  static std::vector<std::byte> Payload(std::initializer_list<Field> fields) {
    std::vector<std::byte> out;
    for (const Field& field : fields) {
      const size_t at = out.size();
      out.resize(at + field.bytes);
      for (size_t i = 0; i < field.bytes && i < 8; ++i)
        out[at + i] = static_cast<std::byte>(field.value >> (8 * i) & 0xff);
    }
    return out;
  }
  CxlReply Run(uint16_t opcode, std::initializer_list<Field> fields = {}) {
    return commands_.Run(opcode, Payload(fields));
  }
  CxlStatus Inject(uint64_t dpa) { return Run(0x4301, {{8, dpa}}).status; }
  CxlStatus Clear(uint64_t dpa, uint8_t fill = 0) {
    std::vector<std::byte> in = Payload({{8, dpa}});
    in.resize(72, std::byte{fill});
    return commands_.Run(0x4302, in).status;
  }
  static uint64_t Get(const CxlReply& reply, size_t at, size_t bytes) {
    return LoadLittle(reply.payload, at, bytes);
  }
};

TEST_F(CxlCommands, TellsWhatItIs) {
  const CxlReply id = Run(0x4000);
  ASSERT_EQ(id.status, CxlStatus::kSuccess);
  ASSERT_EQ(id.payload.size(), 0x45u);
  EXPECT_EQ(Get(id, 16, 8), 1u);  // units of 256 MiB, all of them persistent
  EXPECT_EQ(Get(id, 24, 8), 0u);
  EXPECT_EQ(Get(id, 32, 8), 1u);
  EXPECT_EQ(Get(id, 56, 4), MemoryCommands::kLabelBytes);
}

TEST_F(CxlCommands, NamesEveryCommandThatItHasInItsLog) {
  std::vector<std::byte> in;
  for (uint8_t b : kCel) in.push_back(std::byte{b});
  const CxlReply logs = Run(0x0400);
  ASSERT_EQ(Get(logs, 0, 2), 1u);
  const uint64_t bytes = Get(logs, 24, 4);
  in.resize(24);
  StoreLittle(in, 20, 4, bytes);
  const CxlReply log = commands_.Run(0x0401, in);
  ASSERT_EQ(log.status, CxlStatus::kSuccess);
  ASSERT_EQ(log.payload.size(), bytes);
  for (size_t at = 0; at < bytes; at += 4)
    EXPECT_NE(commands_.Run(static_cast<uint16_t>(Get(log, at, 2)), {}).status,
              CxlStatus::kUnsupported);
  StoreLittle(in, 20, 4, bytes + 1);
  EXPECT_EQ(commands_.Run(0x0401, in).status, CxlStatus::kInvalidInput);
  in[0] = std::byte{1};
  EXPECT_EQ(commands_.Run(0x0401, in).status, CxlStatus::kInvalidLog);
}

TEST_F(CxlCommands, ListsWhatWasInjectedAndNothingElse) {
  EXPECT_EQ(Inject(0), CxlStatus::kSuccess);
  EXPECT_EQ(Inject(64), CxlStatus::kSuccess);
  EXPECT_EQ(Inject(64), CxlStatus::kSuccess);
  EXPECT_EQ(Inject(kBytes - 64), CxlStatus::kSuccess);
  EXPECT_EQ(Inject(kBytes), CxlStatus::kInvalidAddress);
  EXPECT_EQ(Inject(32), CxlStatus::kInvalidInput);
  const CxlReply list = Run(0x4300, {{8, 0}, {8, kBytes / 64}});
  ASSERT_EQ(list.status, CxlStatus::kSuccess);
  ASSERT_EQ(Get(list, 10, 2), 2u);
  EXPECT_EQ(Get(list, 32, 8), 0u | 3);  // injected
  EXPECT_EQ(Get(list, 40, 4), 2u);      // adjacent lines are one record
  EXPECT_EQ(Get(list, 48, 8), (kBytes - 64) | 3);
  EXPECT_EQ(Get(list, 0, 1), 0u);
  // Of a part only what is in there.
  EXPECT_EQ(Get(Run(0x4300, {{8, 64}, {8, 1}}), 10, 2), 1u);
  EXPECT_EQ(Get(Run(0x4300, {{8, 128}, {8, 8}}), 10, 2), 0u);
  EXPECT_EQ(Run(0x4300, {{8, 0}, {8, kBytes / 64 + 1}}).status,
            CxlStatus::kInvalidAddress);
}

TEST_F(CxlCommands, ClearsALineAndWritesItsData) {
  Inject(128);
  EXPECT_EQ(Clear(128, 0xab), CxlStatus::kSuccess);
  EXPECT_EQ(commands_.poison().count(), 0u);
  ASSERT_TRUE(stored_.contains(128));
  EXPECT_EQ(stored_[128][63], std::byte{0xab});
  // One that is good gets the data, too.
  EXPECT_EQ(Clear(192), CxlStatus::kSuccess);
  EXPECT_TRUE(stored_.contains(192));
  EXPECT_EQ(Clear(kBytes), CxlStatus::kInvalidAddress);
  EXPECT_EQ(Clear(1), CxlStatus::kInvalidInput);
}

TEST_F(CxlCommands, GoesOnWithAListThatDoesNotFit) {
  constexpr uint64_t kLines = 2000;
  for (uint64_t i = 0; i < kLines; ++i) Inject(i * 128);
  uint64_t told = 0, next = 0;
  for (int round = 0; round < 100; ++round) {
    const CxlReply list = Run(0x4300, {{8, 0}, {8, kBytes / 64}});
    const uint64_t count = Get(list, 10, 2);
    ASSERT_LE(list.payload.size(), 4096u);
    for (uint64_t i = 0; i < count; ++i, next += 128)
      ASSERT_EQ(Get(list, 32 + 16 * i, 8), next | 3);
    told += count;
    if ((Get(list, 0, 1) & 1) == 0) break;
  }
  EXPECT_EQ(told, kLines);
  // Another range begins anew.
  Run(0x4300, {{8, 0}, {8, kBytes / 64}});
  EXPECT_EQ(Get(Run(0x4300, {{8, 0}, {8, 64}}), 10, 2), 32u);
}

TEST_F(CxlCommands, KeepsEventsUntilTheyAreClearedInOrder) {
  EXPECT_EQ(Run(0x0103, {{1, 1}, {1, 1}, {1, 1}, {1, 1}}).status,
            CxlStatus::kSuccess);
  Inject(0);
  Inject(64);
  Inject(64);  // no event: nothing happened
  EXPECT_EQ(raised_, (std::vector<uint32_t>{0, 0}));
  EXPECT_EQ(commands_.EventStatus(), 1u);
  const CxlReply events = Run(0x0100, {{1, 0}});
  ASSERT_EQ(Get(events, 20, 2), 2u);
  ASSERT_EQ(events.payload.size(), 32 + 2 * 128u);
  const uint64_t first = Get(events, 32 + 20, 2);
  const uint64_t second = Get(events, 32 + 128 + 20, 2);
  EXPECT_EQ(Get(events, 32 + 128 + 48, 8), 64u);  // its DPA
  EXPECT_EQ(Get(events, 32 + 58, 1), 4u);         // host inject poison
  EXPECT_EQ(Run(0x0101, {{1, 0}, {1, 0}, {1, 1}, {3, 0}, {2, second}}).status,
            CxlStatus::kInvalidHandle);
  EXPECT_EQ(Run(0x0101, {{1, 0}, {1, 0}, {1, 1}, {3, 0}, {2, first}}).status,
            CxlStatus::kSuccess);
  EXPECT_EQ(Get(Run(0x0100, {{1, 0}}), 20, 2), 1u);
  EXPECT_EQ(Run(0x0101, {{1, 0}, {1, 1}, {1, 0}, {3, 0}}).status,
            CxlStatus::kSuccess);
  EXPECT_EQ(commands_.EventStatus(), 0u);
  EXPECT_EQ(Run(0x0100, {{1, 4}}).status, CxlStatus::kInvalidInput);
}

TEST_F(CxlCommands, CountsEventsThatFindNoRoom) {
  for (uint64_t i = 0; i < EventLogs::kCapacity + 5; ++i) Inject(i * 64);
  const CxlReply events = Run(0x0100, {{1, 0}});
  EXPECT_EQ(Get(events, 0, 1) & 1, 1u);  // overflow
  EXPECT_EQ(Get(events, 0, 1) & 2, 2u);  // and more than fits the payload
  EXPECT_EQ(Get(events, 2, 2), 5u);
}

TEST_F(CxlCommands, InterruptsNobodyWhoDidNotAsk) {
  Inject(0);
  EXPECT_TRUE(raised_.empty());
  MemoryCommands silent({.bytes = kBytes, .serial = 1, .interrupts = false},
                        [](uint64_t, const CxlLine&) {});
  EXPECT_EQ(silent.Run(0x0103, Payload({{4, 0x01010101}})).status,
            CxlStatus::kInvalidInput);
}

TEST_F(CxlCommands, KeepsLabels) {
  std::vector<std::byte> in = Payload({{4, 100}, {4, 0}});
  in.resize(8 + 3, std::byte{7});
  EXPECT_EQ(commands_.Run(0x4103, in).status, CxlStatus::kSuccess);
  const CxlReply labels = Run(0x4102, {{4, 99}, {4, 5}});
  EXPECT_EQ(Get(labels, 0, 5), 0x00'07'07'07'00u);
  EXPECT_EQ(Run(0x4102, {{4, MemoryCommands::kLabelBytes}, {4, 1}}).status,
            CxlStatus::kInvalidInput);
}

TEST_F(CxlCommands, DoesWrongWhatItIsToldTo) {
  const auto device = [](CxlFault fault) {
    return MemoryCommands(
        {.bytes = kBytes, .serial = 1, .faults = {.own = {fault}}},
        [](uint64_t, const CxlLine&) {});
  };
  const auto listed = [](MemoryCommands& commands) {
    const CxlReply list =
        commands.Run(0x4300, Payload({{8, 0}, {8, kBytes / 64}}));
    return Get(list, 10, 2);
  };
  const auto inject = [](MemoryCommands& commands, uint64_t dpa) {
    return commands.Run(0x4301, Payload({{8, dpa}})).status;
  };
  const auto clear = [](MemoryCommands& commands, uint64_t dpa) {
    std::vector<std::byte> in = Payload({{8, dpa}});
    in.resize(72);
    return commands.Run(0x4302, in).status;
  };
  MemoryCommands unlisted = device(CxlFault::kInjectIsNotListed);
  EXPECT_EQ(inject(unlisted, 0), CxlStatus::kSuccess);
  EXPECT_EQ(listed(unlisted), 0u);
  MemoryCommands lazy = device(CxlFault::kClearDoesNothing);
  inject(lazy, 0);
  EXPECT_EQ(clear(lazy, 0), CxlStatus::kSuccess);
  EXPECT_EQ(listed(lazy), 1u);
  MemoryCommands eager = device(CxlFault::kClearClearsTheNextLine);
  inject(eager, 0);
  inject(eager, 64);
  EXPECT_EQ(clear(eager, 0), CxlStatus::kSuccess);
  EXPECT_EQ(listed(eager), 0u);
  MemoryCommands misaligned = device(CxlFault::kInjectTakesMisaligned);
  EXPECT_EQ(inject(misaligned, 1), CxlStatus::kSuccess);
  EXPECT_EQ(inject(misaligned, kBytes), CxlStatus::kInvalidAddress);
  MemoryCommands forgetful = device(CxlFault::kListForgetsWhenRead);
  inject(forgetful, 0);
  EXPECT_EQ(listed(forgetful), 1u);
  EXPECT_EQ(listed(forgetful), 0u);
  MemoryCommands hiding = device(CxlFault::kListHidesTheLast);
  inject(hiding, 0);
  EXPECT_EQ(listed(hiding), 0u);
}

TEST_F(CxlCommands, RefusesPayloadsOfAnotherLength) {
  for (uint16_t opcode :
       {0x0100, 0x0301, 0x0401, 0x4102, 0x4202, 0x4204, 0x4300, 0x4301, 0x4302})
    EXPECT_EQ(Run(opcode).status, CxlStatus::kInvalidPayloadLength) << opcode;
  EXPECT_EQ(Run(0x4000, {{1, 0}}).status, CxlStatus::kInvalidPayloadLength);
  EXPECT_EQ(Run(0xfff0).status, CxlStatus::kUnsupported);
}

}  // namespace
}  // namespace daxmend
