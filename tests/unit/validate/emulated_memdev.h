// SPDX-License-Identifier: GPL-2.0-only
//
// The emulated CXL memory device asked in this process, without a machine: by
// our own mailbox code, and through what a stock kernel lets anybody ask.

#ifndef DAXMEND_TESTS_UNIT_VALIDATE_EMULATED_MEMDEV_H_
#define DAXMEND_TESTS_UNIT_VALIDATE_EMULATED_MEMDEV_H_

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <utility>

#include "machine/cxl/memory_device.h"
#include "validate/memdev/direct_memdev.h"

namespace daxmend {

inline constexpr uint64_t kEmulatedBytes = uint64_t{256} << 20;

// Registers of a MemoryDevice. A look takes a microsecond.
class EmulatedRegisters : public RegisterAccess {
 public:
  explicit EmulatedRegisters(MemoryDevice& device) : device_(device) {}

  uint32_t Config(uint32_t offset) override {
    return static_cast<uint32_t>(
        Get(PciFunction::kConfigRegion, offset, sizeof(uint32_t)));
  }
  uint64_t BarBytes(unsigned bar) override { return device_.RegionBytes(bar); }
  uint64_t Read(unsigned bar, uint64_t offset, unsigned bytes) override {
    now_ += std::chrono::microseconds(1);
    return Get(bar, offset, bytes);
  }
  void Write(unsigned bar, uint64_t offset, unsigned bytes,
             uint64_t value) override {
    std::array<std::byte, 8> buffer{};
    StoreLittle(buffer, 0, bytes, value);
    device_.Write(bar, offset, std::span(buffer).first(bytes));
  }
  bool Reset() override {
    device_.Reset();
    return true;
  }
  std::chrono::nanoseconds Now() override { return now_; }
  void Sleep(std::chrono::milliseconds time) override { now_ += time; }

 private:
  uint64_t Get(uint32_t region, uint64_t offset, unsigned bytes) {
    std::array<std::byte, 8> buffer{};
    device_.Read(region, offset, std::span(buffer).first(bytes));
    return LoadLittle(buffer, 0, bytes);
  }

  MemoryDevice& device_;
  std::chrono::nanoseconds now_{};
};

inline MemdevFacts EmulatedFacts(bool is_volatile = false) {
  return {.name = "mem0",
          .firmware = "daxmend 1",
          .serial = 0xda000001,
          .volatile_bytes = is_volatile ? kEmulatedBytes : 0,
          .persistent_bytes = is_volatile ? 0 : kEmulatedBytes,
          .payload_bytes = 4096,
          .label_bytes = 128 << 10};
}

// What drivers/cxl does with such a device (Linux 6.12).
class EmulatedKernel : public MemdevTransport, public KernelView {
 public:
  explicit EmulatedKernel(MemoryDevice& device,
                          MemdevFacts facts = EmulatedFacts())
      : device_(device),
        registers_(device),
        mailbox_(registers_),
        facts_(std::move(facts)) {
    device.ConnectInterrupt(0, [this] {
      // What is not there yet when the interrupt comes the driver does not see.
      pending_ = pending_ || device_.commands().EventStatus() != 0;
    });
    mailbox_.Send(MemdevCommand::kSetEventPolicy, {"\1\1\1\1", 4});
  }
  // The device goes on without a driver.
  ~EmulatedKernel() override { device_.ConnectInterrupt(0, {}); }
  EmulatedKernel(const EmulatedKernel&) = delete;
  EmulatedKernel& operator=(const EmulatedKernel&) = delete;

  const MemdevFacts& facts() const override { return facts_; }
  KernelView* kernel() override { return this; }
  MailboxAnswer Send(MemdevCommand command, std::string_view in) override {
    using C = MemdevCommand;
    if (command == C::kInjectPoison || command == C::kClearPoison) {
      const auto dpa = PayloadReader(in).Take<uint64_t>();
      MailboxAnswer answer;
      if (dpa % kMediaLineBytes || dpa >= facts_.bytes()) {
        answer.error = EINVAL;
        return answer;
      }
      const MailboxAnswer got = mailbox_.Send(command, in);
      if (got.code == MemdevCode::kPoisonLimit)
        answer.error = EBUSY;
      else if (got.code != MemdevCode::kSuccess)
        answer.error = ENXIO;
      else
        answer.code = got.code;
      return answer;
    }
    const C passed[] = {C::kIdentify,  C::kGetSupportedLogs, C::kGetFirmware,
                        C::kGetLog,    C::kGetPartition,     C::kGetLabels,
                        C::kGetHealth, C::kSetLabels,        C::kGetAlerts,
                        C::kSetAlerts, C::kGetShutdown,      C::kSetShutdown};
    if (std::find(std::begin(passed), std::end(passed), command) ==
        std::end(passed)) {
      MailboxAnswer answer;
      answer.error = ENOTTY;
      return answer;
    }
    if (exclusive.contains(command)) {
      MailboxAnswer answer;
      answer.error = EBUSY;
      return answer;
    }
    return mailbox_.Send(command, in);
  }
  bool CanTell(MemdevCommand command) const override {
    return !exclusive.contains(command);
  }
  // What another driver keeps to itself.
  std::set<MemdevCommand> exclusive = {};

  // How many lists lines are lost of.
  int losses = 0;

  KernelList List() override {
    KernelList all;
    if (losses > 0) {
      --losses;
      all.lost = true;
      return all;
    }
    std::vector<MediaRecord>& records = all.records;
    constexpr size_t kMost = 1024;
    const uint64_t border = facts_.volatile_bytes;
    for (DpaRange part : {DpaRange{border, facts_.bytes()}, {0, border}}) {
      while (!part.empty()) {
        const MailboxAnswer answer = mailbox_.Send(
            MemdevCommand::kGetPoison,
            EncodeDpaRange(part.begin, part.length() / kMediaLineBytes));
        const Decoded<PoisonListAnswer> list = DecodePoisonList(answer.bytes);
        if (!list.value) break;
        records.insert(records.end(), list.value->records.begin(),
                       list.value->records.end());
        if (!list.value->more()) break;
        if (list.value->records.empty() || records.size() >= kMost) {
          all.full = true;
          return all;
        }
      }
    }
    all.full = records.size() >= kMost;
    return all;
  }
  std::vector<uint64_t> Reported() override {
    std::vector<uint64_t> dpas;
    if (!pending_) return dpas;
    pending_ = false;
    const MailboxAnswer answer =
        mailbox_.Send(MemdevCommand::kGetEvents, std::string(1, '\0'));
    if (const auto events = DecodeEvents(answer.bytes); events.value)
      for (const EventRecordView& record : events.value->records)
        dpas.push_back(record.dpa);
    mailbox_.Send(MemdevCommand::kClearEvents, EncodeClearEvents(0, {}));
    return dpas;
  }
  bool Interrupts() override { return true; }
  uint64_t Taint() override { return 0; }
  std::chrono::nanoseconds Now() override { return registers_.Now(); }
  void Sleep(std::chrono::milliseconds time) override {
    registers_.Sleep(time);
  }

 private:
  MemoryDevice& device_;
  EmulatedRegisters registers_;
  Mailbox mailbox_;
  MemdevFacts facts_;
  bool pending_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_VALIDATE_EMULATED_MEMDEV_H_
