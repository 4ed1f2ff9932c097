// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/vfio_user.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "machine/cxl/cxl_reply.h"
#include "machine/cxl/little_endian.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// The protocol's commands.
enum : uint16_t {
  kVersion = 1,
  kDmaMap = 2,
  kDmaUnmap = 3,
  kDeviceInfo = 4,
  kRegionInfo = 5,
  kIrqInfo = 7,
  kSetIrqs = 8,
  kRegionRead = 9,
  kRegionWrite = 10,
  kDeviceReset = 13,
  kRegionWriteMulti = 15,
};
constexpr size_t kHeaderBytes = 16;
constexpr uint32_t kReply = 1;
constexpr uint32_t kNoReply = 1 << 4;
constexpr uint32_t kFailed = 1 << 5;
// More than any message of ours or of the client's.
constexpr size_t kMostBytes = size_t{2} << 20;
constexpr size_t kMostTransfer = size_t{1} << 20;
constexpr uint32_t kMostDescriptors = 8;

// VFIO's numbers (include/uapi/linux/vfio.h).
constexpr uint32_t kDeviceFlags = 1 << 0 | 1 << 1;  // can be reset, is PCI
constexpr uint32_t kRegions = 9;
constexpr uint32_t kIrqs = 5;
constexpr uint32_t kMsiIndex = 1;
constexpr uint32_t kErrorIndex = 3;  // never raised, but asked for
constexpr uint32_t kRegionReadWrite = 1 << 0 | 1 << 1;
constexpr uint32_t kIrqIsEventfd = 1 << 0;
constexpr uint32_t kIrqNoResize = 1 << 3;
constexpr uint32_t kSetDataNone = 1 << 0;
constexpr uint32_t kSetDataEventfd = 1 << 2;
constexpr uint32_t kSetActionTrigger = 1 << 5;

using Bytes = std::vector<std::byte>;

struct Message {
  uint16_t id = 0;
  uint16_t command = 0;
  uint32_t flags = 0;
  Bytes payload;
  std::vector<FileDescriptor> descriptors;
};

class Conversation {
 public:
  Conversation(int socket, int stop, PciFunction& device)
      : socket_(socket), stop_(stop), device_(device) {}

  void Run() {
    while (std::optional<Message> message = Receive()) {
      int error = 0;
      Bytes answer;
      try {
        error = Handle(*message, &answer);
      } catch (const std::exception&) {
        error = EINVAL;  // no memory for what it asks
      }
      if (error != 0) answer.clear();
      if ((message->flags & kNoReply) == 0 && !Reply(*message, error, answer))
        return;
    }
  }

 private:
  // Waits until something can be read. False when it is time to end.
  bool Await() const {
    for (;;) {
      std::array<pollfd, 2> fds = {{{socket_, POLLIN, 0}, {stop_, POLLIN, 0}}};
      if (poll(fds.data(), fds.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return false;
      }
      if (fds[1].revents) return false;
      if (fds[0].revents) return true;
    }
  }

  // Exactly `to.size()` bytes, and whatever descriptors come with them.
  bool ReadAll(std::span<std::byte> to,
               std::vector<FileDescriptor>* descriptors) const {
    size_t done = 0;
    while (done < to.size()) {
      if (!Await()) return false;
      iovec part = {to.data() + done, to.size() - done};
      alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))];
      msghdr header = {};
      header.msg_iov = &part;
      header.msg_iovlen = 1;
      header.msg_control = control;
      header.msg_controllen = sizeof control;
      const ssize_t n = recvmsg(socket_, &header, MSG_CMSG_CLOEXEC);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0) return false;
      done += static_cast<size_t>(n);
      for (cmsghdr* c = CMSG_FIRSTHDR(&header); c;
           c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= c->cmsg_len;
             at += sizeof(int)) {
          int fd = -1;
          std::memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
          descriptors->emplace_back(fd);
        }
      }
    }
    return true;
  }

  std::optional<Message> Receive() const {
    Message message;
    std::array<std::byte, kHeaderBytes> header{};
    if (!ReadAll(header, &message.descriptors)) return std::nullopt;
    message.id = static_cast<uint16_t>(LoadLittle(header, 0, 2));
    message.command = static_cast<uint16_t>(LoadLittle(header, 2, 2));
    message.flags = static_cast<uint32_t>(LoadLittle(header, 8, 4));
    const size_t size = LoadLittle(header, 4, 4);
    // Where it ends cannot be known.
    if (size < kHeaderBytes || size > kMostBytes) return std::nullopt;
    message.payload.resize(size - kHeaderBytes);
    if (!ReadAll(message.payload, &message.descriptors)) return std::nullopt;
    return message;
  }

  bool Reply(const Message& to, int error, const Bytes& answer) const {
    Bytes out(kHeaderBytes);
    StoreLittle(out, 0, 2, to.id);
    StoreLittle(out, 2, 2, to.command);
    StoreLittle(out, 4, 4, kHeaderBytes + answer.size());
    StoreLittle(out, 8, 4, kReply | (error != 0 ? kFailed : 0));
    StoreLittle(out, 12, 4, static_cast<uint64_t>(error));
    out.insert(out.end(), answer.begin(), answer.end());
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          send(socket_, out.data() + done, out.size() - done, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      done += static_cast<size_t>(n);
    }
    return true;
  }

  static Bytes Capabilities() {
    const std::string text = fmt::format(
        "{{\"capabilities\":{{\"max_msg_fds\":{},\"max_data_xfer_size\":{}}}}}",
        kMostDescriptors, kMostTransfer);
    // It ends with a zero.
    return CxlPayload()
        .Add(2, 0)
        .Add(2, 0)
        .AddText(text, text.size() + 1)
        .Take();
  }

  // 0 and the answer's payload, or an errno.
  int Handle(Message& message, Bytes* answer) {
    const std::span<const std::byte> in = message.payload;
    switch (message.command) {
      case kVersion:
        if (in.size() < 4 || LoadLittle(in, 0, 2) != 0) return EINVAL;
        *answer = Capabilities();
        return 0;
      // The device does not reach into the guest's memory by itself.
      case kDmaMap:
        return 0;
      case kDmaUnmap:
        answer->assign(in.begin(), in.end());
        return 0;
      case kDeviceInfo:
        *answer = CxlPayload()
                      .Add(4, 16)
                      .Add(4, kDeviceFlags)
                      .Add(4, kRegions)
                      .Add(4, kIrqs)
                      .Take();
        return 0;
      case kRegionInfo: {
        if (in.size() < 12) return EINVAL;
        const auto region = static_cast<uint32_t>(LoadLittle(in, 8, 4));
        if (region >= kRegions) return EINVAL;
        const uint64_t bytes = device_.RegionBytes(region);
        *answer = CxlPayload()
                      .Add(4, 32)
                      .Add(4, bytes ? kRegionReadWrite : 0)
                      .Add(4, region)
                      .Add(4, 0)
                      .Add(8, bytes)
                      .Add(8, 0)
                      .Take();
        return 0;
      }
      case kIrqInfo: {
        if (in.size() < 12) return EINVAL;
        const auto index = static_cast<uint32_t>(LoadLittle(in, 8, 4));
        if (index >= kIrqs) return EINVAL;
        *answer = CxlPayload()
                      .Add(4, 16)
                      .Add(4, kIrqIsEventfd | kIrqNoResize)
                      .Add(4, index)
                      .Add(4, index == kMsiIndex     ? device_.Interrupts()
                              : index == kErrorIndex ? 1
                                                     : 0)
                      .Take();
        return 0;
      }
      case kSetIrqs:
        return SetIrqs(in, message.descriptors);
      case kRegionRead:
        return ReadRegion(in, answer);
      case kRegionWrite:
        if (const int error = WriteRegion(in); error != 0) return error;
        answer->assign(in.begin(), in.begin() + 16);
        return 0;
      case kRegionWriteMulti:
        return WriteRegions(in, answer);
      case kDeviceReset:
        device_.Reset();
        return 0;
      default:
        return ENOSYS;
    }
  }

  int SetIrqs(std::span<const std::byte> in,
              std::vector<FileDescriptor>& descriptors) {
    if (in.size() < 20) return EINVAL;
    const auto flags = static_cast<uint32_t>(LoadLittle(in, 4, 4));
    const auto index = static_cast<uint32_t>(LoadLittle(in, 8, 4));
    const uint64_t start = LoadLittle(in, 12, 4);
    const uint64_t count = LoadLittle(in, 16, 4);
    if (index >= kIrqs) return EINVAL;
    if (index != kMsiIndex || (flags & kSetActionTrigger) == 0) return 0;
    const uint64_t all = device_.Interrupts();
    // None at all: the guest has turned them off.
    if ((flags & kSetDataNone) && count == 0) {
      for (uint32_t i = 0; i < all; ++i) device_.ConnectInterrupt(i, {});
      return 0;
    }
    if ((flags & kSetDataEventfd) == 0) return 0;
    if (start > all || count > all - start || descriptors.size() > count)
      return EINVAL;
    for (uint64_t i = 0; i < count; ++i) {
      std::function<void()> raise;
      if (i < descriptors.size()) {
        auto fd = std::make_shared<FileDescriptor>(std::move(descriptors[i]));
        raise = [fd] {
          const uint64_t one = 1;
          // Where it is full the interrupt is pending already.
          [[maybe_unused]] const ssize_t n = write(fd->get(), &one, sizeof one);
        };
      }
      device_.ConnectInterrupt(static_cast<uint32_t>(start + i),
                               std::move(raise));
    }
    return 0;
  }

  // The region's part that a transfer at `at` in `in` is about: offset, region
  // and length. Empty where it is not inside.
  struct Transfer {
    uint64_t offset;
    uint32_t region;
    size_t bytes;
  };
  std::optional<Transfer> TransferAt(std::span<const std::byte> in,
                                     size_t at) const {
    if (in.size() < at || in.size() - at < 16) return std::nullopt;
    const Transfer transfer = {
        .offset = LoadLittle(in, at, 8),
        .region = static_cast<uint32_t>(LoadLittle(in, at + 8, 4)),
        .bytes = LoadLittle(in, at + 12, 4)};
    if (transfer.region >= kRegions) return std::nullopt;
    const uint64_t size = device_.RegionBytes(transfer.region);
    if (transfer.bytes > kMostTransfer || transfer.offset > size ||
        transfer.bytes > size - transfer.offset)
      return std::nullopt;
    return transfer;
  }

  int ReadRegion(std::span<const std::byte> in, Bytes* answer) {
    const auto transfer = TransferAt(in, 0);
    if (!transfer) return EINVAL;
    CxlPayload out;
    out.Add(8, transfer->offset)
        .Add(4, transfer->region)
        .Add(4, transfer->bytes);
    device_.Read(transfer->region, transfer->offset,
                 out.Extend(transfer->bytes));
    *answer = out.Take();
    return 0;
  }

  int WriteRegion(std::span<const std::byte> in) {
    const auto transfer = TransferAt(in, 0);
    if (!transfer || in.size() - 16 < transfer->bytes) return EINVAL;
    device_.Write(transfer->region, transfer->offset,
                  in.subspan(16, transfer->bytes));
    return 0;
  }

  // Several small writes in one message, each with room for eight bytes.
  int WriteRegions(std::span<const std::byte> in, Bytes* answer) {
    if (in.size() < 8) return EINVAL;
    const uint64_t count = LoadLittle(in, 0, 8);
    size_t at = 8;
    uint64_t done = 0;
    for (; done < count; ++done, at += 24) {
      const auto transfer = TransferAt(in, at);
      if (!transfer || transfer->bytes > 8 || in.size() - at < 24) break;
      device_.Write(transfer->region, transfer->offset,
                    in.subspan(at + 16, transfer->bytes));
    }
    if (done < count) return EINVAL;
    *answer = CxlPayload().Add(8, done).Take();
    return 0;
  }

  const int socket_;
  const int stop_;
  PciFunction& device_;
};

}  // namespace

void ServeVfioUser(int socket, int stop, PciFunction& device) {
  Conversation(socket, stop, device).Run();
}

}  // namespace daxmend
