// SPDX-License-Identifier: GPL-2.0-only
//
// The emulated CXL device over vfio-user, as QEMU talks to it.

#include "machine/cxl/memory_device.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "machine/acpi_table.h"
#include "machine/cxl/cedt.h"
#include "machine/cxl/vfio_user.h"
#include "machine/cxl/vfio_user_server.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

using Bytes = std::vector<std::byte>;
constexpr uint64_t kDeviceBytes = uint64_t{256} << 20;

class OverVfioUser : public testing::Test {
 protected:
  struct Stored {
    uint64_t dpa;
    std::optional<HdmDecoder> decoder;
  };
  std::vector<Stored> stored_;
  MemoryDevice device_{
      {.bytes = kDeviceBytes, .serial = 0xda000001},
      [this](uint64_t dpa, const std::optional<HdmDecoder>& decoder,
             const CxlLine&) {
        stored_.push_back({dpa, decoder});
      }};
  FileDescriptor client_;
  std::thread server_;

  OverVfioUser() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    client_ = FileDescriptor(ends[0]);
    server_ = std::thread([this, end = ends[1]] {
      const FileDescriptor mine(end);
      ServeVfioUser(mine.get(), -1, device_);
    });
  }
  ~OverVfioUser() override {
    client_ = {};
    server_.join();
  }

  static Bytes Fields(
      std::initializer_list<std::pair<size_t, uint64_t>> fields) {
    Bytes out;
    for (const auto& [bytes, value] : fields) {
      out.resize(out.size() + bytes);
      StoreLittle(out, out.size() - bytes, bytes, value);
    }
    return out;
  }

  // The answer's payload, and its errno.
  int error_ = 0;
  Bytes Ask(uint16_t command, const Bytes& payload, int fd = -1) {
    Bytes out = Fields(
        {{2, 7}, {2, command}, {4, 16 + payload.size()}, {4, 0}, {4, 0}});
    out.insert(out.end(), payload.begin(), payload.end());
    iovec part = {out.data(), out.size()};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (fd >= 0) {
      header.msg_control = control;
      header.msg_controllen = sizeof control;
      cmsghdr* c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    EXPECT_EQ(sendmsg(client_.get(), &header, 0),
              static_cast<ssize_t>(out.size()));
    Bytes head(16);
    EXPECT_EQ(recv(client_.get(), head.data(), 16, MSG_WAITALL), 16);
    EXPECT_EQ(LoadLittle(head, 0, 2), 7u);
    error_ = static_cast<int>(LoadLittle(head, 12, 4));
    Bytes answer(LoadLittle(head, 4, 4) - 16);
    if (!answer.empty()) {
      EXPECT_EQ(recv(client_.get(), answer.data(), answer.size(), MSG_WAITALL),
                static_cast<ssize_t>(answer.size()));
    }
    return answer;
  }
  uint64_t Read(uint32_t region, uint64_t offset, size_t bytes) {
    const Bytes answer = Ask(9, Fields({{8, offset}, {4, region}, {4, bytes}}));
    return answer.size() == 16 + bytes ? LoadLittle(answer, 16, bytes) : 0;
  }
  void Write(uint32_t region, uint64_t offset, size_t bytes, uint64_t value) {
    Bytes in = Fields({{8, offset}, {4, region}, {4, bytes}});
    in.resize(16 + bytes);
    StoreLittle(in, 16, bytes, value);
    Ask(10, in);
  }
  // Through the mailbox; the return code.
  uint64_t Command(uint16_t opcode, const Bytes& in) {
    for (size_t at = 0; at < in.size(); ++at)
      Write(2, 0x120 + at, 1, LoadLittle(in, at, 1));
    Write(2, 0x108, 8, opcode | in.size() << 16);
    Write(2, 0x104, 4, 1);
    EXPECT_EQ(Read(2, 0x104, 4) & 1, 0u);
    return Read(2, 0x110, 8) >> 32 & 0xffff;
  }
};

TEST_F(OverVfioUser, IsAPciFunctionWithItsRegions) {
  EXPECT_EQ(LoadLittle(Ask(4, Fields({{4, 16}, {4, 0}, {4, 0}, {4, 0}})), 8, 4),
            9u);
  EXPECT_EQ(
      LoadLittle(
          Ask(5, Fields({{4, 32}, {4, 0}, {4, 7}, {4, 0}, {8, 0}, {8, 0}})), 16,
          8),
      4096u);
  EXPECT_EQ(Read(7, 0, 4), 0x0d93'8086u);
  EXPECT_EQ(Read(7, 9, 3), 0x050210u);
  EXPECT_EQ(Read(7, 0x104, 8), 0xda000001u);
}

TEST_F(OverVfioUser, RunsCommandsByItsMailbox) {
  EXPECT_EQ(Command(0x4301, Fields({{8, 0x1000}})), 0u);
  EXPECT_EQ(Command(0x4301, Fields({{8, kDeviceBytes}})), 0xfu);
  EXPECT_EQ(device_.commands().poison().count(), 1u);
  Bytes clear = Fields({{8, 0x1000}});
  clear.resize(72);
  EXPECT_EQ(Command(0x4302, clear), 0u);
  EXPECT_EQ(device_.commands().poison().count(), 0u);
  ASSERT_EQ(stored_.size(), 1u);
  EXPECT_EQ(stored_[0].decoder, std::nullopt);
  // Longer than the mailbox.
  Write(2, 0x108, 8, 0x4000 | uint64_t{0x1f'ffff} << 16);
  Write(2, 0x104, 4, 1);
  EXPECT_EQ(Read(2, 0x110, 8) >> 32 & 0xffff, 0x16u);
}

TEST_F(OverVfioUser, KnowsWhereItsMemoryIsWhenADecoderIsCommitted) {
  constexpr uint64_t kDecoder = 0x1210;
  Write(0, kDecoder + 0x00, 4, 0x4000'0000);
  Write(0, kDecoder + 0x08, 4, 0x2000'0000);
  // 512 bytes to each of two in turn.
  Write(0, kDecoder + 0x10, 4, 1 << 9 | 1 << 4 | 1);
  EXPECT_EQ(Read(0, kDecoder + 0x10, 4) & 1 << 10, 1u << 10);
  const auto decoder = device_.DecoderOf(0x1000);
  ASSERT_TRUE(decoder);
  EXPECT_EQ(*decoder, (HdmDecoder{.base = 0x4000'0000,
                                  .bytes = 0x2000'0000,
                                  .ways = 2,
                                  .granularity = 512,
                                  .dpa = 0}));
  EXPECT_EQ(device_.DecoderOf(kDeviceBytes), std::nullopt);
  // Ways that there are none of.
  Write(0, kDecoder + 0x10, 4, 1 << 9 | 15 << 4);
  EXPECT_EQ(Read(0, kDecoder + 0x10, 4) & 3 << 10, 1u << 11);
  // Enabled memory without a decoder is what no driver takes after a reboot.
  constexpr uint64_t kControl = 0x110 + 0xc, kBase = 0x110 + 0x20;
  Write(7, kControl, 2, 1 << 2);
  Write(7, kBase, 8, uint64_t{0x4000'0000} << 32 | 1);
  EXPECT_EQ(Read(7, kControl, 2), 1u << 2);
  EXPECT_EQ(Read(7, kBase, 8), uint64_t{0x4000'0000} << 32 | 1);
  Ask(13, {});
  EXPECT_EQ(Read(0, kDecoder + 0x10, 4), 0u);
  EXPECT_EQ(Read(7, kControl, 2), 0u);
  EXPECT_EQ(Read(7, kBase, 8), 0u);
}

TEST_F(OverVfioUser, RaisesTheInterruptThatTheHostWants) {
  const FileDescriptor event(eventfd(0, EFD_NONBLOCK));
  Ask(8, Fields({{4, 20}, {4, 1 << 2 | 1 << 5}, {4, 1}, {4, 0}, {4, 1}}),
      event.get());
  EXPECT_EQ(error_, 0);
  EXPECT_EQ(Command(0x0103, Fields({{4, 0x01010101}})), 0u);
  EXPECT_EQ(Command(0x4301, Fields({{8, 0}})), 0u);
  EXPECT_EQ(Read(2, 0x80, 4), 1u);  // event status
  uint64_t count = 0;
  EXPECT_EQ(read(event.get(), &count, sizeof count), 8);
  EXPECT_EQ(count, 1u);
  // Off again.
  Ask(8, Fields({{4, 20}, {4, 1 | 1 << 5}, {4, 1}, {4, 0}, {4, 0}}));
  EXPECT_EQ(Command(0x4301, Fields({{8, 64}})), 0u);
  EXPECT_EQ(read(event.get(), &count, sizeof count), -1);
}

TEST_F(OverVfioUser, RefusesWhatLiesOutsideOfARegion) {
  for (const auto& [region, offset, bytes] :
       std::initializer_list<std::tuple<uint32_t, uint64_t, size_t>>{
           {7, 4096, 1},
           {7, 4092, 8},
           {1, 0, 1},
           {99, 0, 1},
           {0, UINT64_MAX - 3, 8},
           {2, 0, size_t{1} << 30}}) {
    Ask(9, Fields({{8, offset}, {4, region}, {4, bytes}}));
    EXPECT_EQ(error_, EINVAL);
    Ask(10, Fields({{8, offset}, {4, region}, {4, bytes}, {8, 0}}));
    EXPECT_EQ(error_, EINVAL);
  }
  Ask(10, Fields({{8, 0}, {4, 0}, {4, 100}, {8, 0}}));  // shorter than it says
  EXPECT_EQ(error_, EINVAL);
  Ask(15, Fields({{8, UINT64_MAX}}));
  EXPECT_EQ(error_, EINVAL);
  Ask(77, {});
  EXPECT_EQ(error_, ENOSYS);
}

// Whatever comes, the server stays in its own memory (AddressSanitizer) and
// answers, or ends the conversation.
TEST(VfioUser, SurvivesEveryMessage) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    MemoryDevice device(
        {.bytes = kDeviceBytes, .serial = 1},
        [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    std::thread server([&device, end = ends[1]] {
      const FileDescriptor mine(end);
      ServeVfioUser(mine.get(), -1, device);
    });
    {
      const FileDescriptor client(ends[0]);
      Bytes text;
      for (int message = 0; message < 50; ++message) {
        const size_t length = random() % 80;
        Bytes one(16 + length);
        for (std::byte& b : one) b = static_cast<std::byte>(random() & 0xff);
        StoreLittle(one, 2, 2, random() % 17);
        StoreLittle(one, 4, 4, round % 4 == 0 ? random() : one.size());
        // No answer: nobody reads any here.
        StoreLittle(one, 8, 4, 1 << 4);
        if (length >= 16 && message % 2) {
          StoreLittle(one, 16, 8, random() % 0x1300);
          StoreLittle(one, 24, 4, random() % 9);
          StoreLittle(one, 28, 4, random() % 40);
        }
        text.insert(text.end(), one.begin(), one.end());
      }
      ASSERT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(text.size()));
    }
    server.join();
  }
}

TEST(VfioUser, ListensUnderNoNameThatStays) {
  MemoryDevice device(
      {.bytes = kDeviceBytes, .serial = 1},
      [](uint64_t, const std::optional<HdmDecoder>&, const CxlLine&) {});
  const VfioUserServer server(device);
  // As QEMU does, which inherits the descriptor.
  const FileDescriptor client(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  server.path().copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address),
                    sizeof address),
            0);
}

TEST(Cedt, IsATableThatReplacesQemusOwn) {
  const std::string table = CedtTable({.bridge_registers = uint64_t{1} << 32,
                                       .base = 0x4000'0000,
                                       .bytes = 0x1000'0000});
  EXPECT_TRUE(IsWholeTable(table));
  EXPECT_TRUE(table.starts_with("CEDT"));
  EXPECT_EQ(table.substr(10, 14), "BOCHS BXPC    ");
  EXPECT_EQ(table.size(), 36u + 0x20 + 0x28);
  // The kernel takes the first archive only, and a path in it.
  EXPECT_NE(CedtArchive({}).find("kernel/firmware/acpi/CEDT.aml"),
            std::string::npos);
}

}  // namespace
}  // namespace daxmend
