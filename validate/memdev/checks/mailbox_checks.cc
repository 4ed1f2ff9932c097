// SPDX-License-Identifier: GPL-2.0-only
//
// The primary mailbox: payloads, doorbell, and what it says to wrong questions.

#include <fmt/core.h>

#include <bit>

#include "core/text.h"
#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace mailbox_checks {

constexpr char kArea[] = "Mailbox";
constexpr char kCapabilities[] = "CXL 3.1 §8.2.8.4.3";
constexpr char kMailbox[] = "CXL 3.1 §8.2.8.4";
constexpr char kCodes[] = "CXL 3.1 §8.2.8.4.5.1";
constexpr char kKernel[] =
    "CXL 3.1 §8.2.8.4.3; drivers/cxl/pci.c, cxl_pci_setup_mailbox (Linux 6.12)";

void PayloadSize(MemdevProbe& probe) {
  const unsigned exponent = probe.mailbox().payload_exponent();
  probe.Require(exponent >= 8 && exponent <= 20,
                fmt::format("the payload size is 2^{}, and 2^8 to 2^20 are "
                            "allowed",
                            exponent));
  probe.Require(probe.mailbox().payload_bytes() == 1u << exponent,
                "the payload registers end behind the BAR");
}

void PayloadOfKernel(MemdevProbe& probe) {
  const uint64_t bytes = probe.facts().payload_bytes;
  probe.kernel();
  probe.Require(std::has_single_bit(bytes) && bytes >= 256 && bytes <= 1 << 20,
                fmt::format("sysfs has payload_max {}", bytes));
}

void Answers(MemdevProbe& probe) {
  probe.Get(MemdevCommand::kIdentify);
  if (Mailbox* mailbox = probe.device().mailbox())
    probe.Require(!mailbox->silent(), "the doorbell stays set");
}

void KeepsOpcode(MemdevProbe& probe) {
  const std::string got = probe.Get(MemdevCommand::kIdentify);
  const uint64_t command = probe.mailbox().last_command();
  probe.Require(
      (command & 0xffff) == static_cast<uint64_t>(MemdevCommand::kIdentify),
      "the command register has opcode " + Hexadecimal(command & 0xffff) +
          " after Identify");
  probe.Require((command >> 16 & 0x1f'ffff) == got.size(),
                fmt::format("it declares {} bytes of {}",
                            command >> 16 & 0x1f'ffff, got.size()));
}

void Unsupported(MemdevProbe& probe) {
  probe.RequireCode(probe.AskNobodys(), MemdevCode::kUnsupported);
}

void TooLong(MemdevProbe& probe) {
  probe.mailbox();
  probe.RequireCode(
      probe.Ask(MemdevCommand::kIdentify, std::string(8, '\0'), "8 bytes"),
      MemdevCode::kInvalidLength);
}

void TooShort(MemdevProbe& probe) {
  probe.mailbox();
  probe.RequireCode(
      probe.Ask(MemdevCommand::kGetLog, std::string(20, '\0'), "20 bytes"),
      MemdevCode::kInvalidLength);
}

void Empty(MemdevProbe& probe) {
  probe.mailbox();
  probe.RequireCode(probe.Ask(MemdevCommand::kGetLog, "", "no payload"),
                    MemdevCode::kInvalidLength);
}

void BeyondPayload(MemdevProbe& probe) {
  const uint64_t length = uint64_t{probe.mailbox().payload_bytes()} + 8;
  if (length > 0x1f'ffff) probe.Skip("no longer length can be said");
  const MailboxAnswer answer =
      probe.Ask(MemdevCommand::kGetLog, std::string(24, '\0'),
                fmt::format("length {}", length), length);
  probe.Require(answer.code != MemdevCode::kSuccess,
                fmt::format("a payload of {} bytes was taken", length));
}

void RefusalIsEmpty(MemdevProbe& probe) {
  probe.mailbox();
  const MailboxAnswer answer = probe.Ask(
      MemdevCommand::kIdentify, std::string(8, '\0'), "8 bytes, refused");
  if (answer.code == MemdevCode::kSuccess) probe.Skip("MBOX-06 fails");
  probe.Require(
      answer.claimed == 0,
      fmt::format("a refused command has {} bytes of output", answer.claimed));
}

void GoesOn(MemdevProbe& probe) {
  probe.mailbox();
  // Twice: the first one may be behind a refused command itself.
  probe.Get(MemdevCommand::kIdentify);
  const std::string before = probe.Get(MemdevCommand::kIdentify);
  probe.Ask(MemdevCommand::kIdentify, std::string(8, '\0'), "8 bytes, refused");
  probe.Require(probe.Get(MemdevCommand::kIdentify) == before,
                "the answer behind a refused command is another one");
}

void InARow(MemdevProbe& probe) {
  const std::string first = probe.Get(MemdevCommand::kIdentify);
  for (int i = 0; i < 20; ++i)
    probe.Require(probe.Get(MemdevCommand::kIdentify) == first,
                  fmt::format("answer {} is another one", i + 2));
}

void Idle(MemdevProbe& probe) {
  probe.Get(MemdevCommand::kIdentify);
  probe.Require((probe.mailbox().last_status() & 1) == 0,
                "the mailbox status says that a background command runs");
}

}  // namespace mailbox_checks

std::vector<MemdevCheck> MailboxChecks() {
  using namespace mailbox_checks;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"MBOX-01", "The payload size is 256 bytes to 1 MiB", kCapabilities,
        kArea},
       kDirect,
       PayloadSize},
      {{"MBOX-02", "The kernel found a payload size of 256 bytes to 1 MiB",
        kKernel, kArea},
       AskedBy::kKernel,
       PayloadOfKernel},
      {{"MBOX-03", "A command is answered within two seconds", kMailbox, kArea},
       AskedBy::kBoth,
       Answers},
      {{"MBOX-04", "The command register keeps the opcode and has the length",
        kMailbox, kArea},
       kDirect,
       KeepsOpcode},
      {{"MBOX-05", "An opcode that it does not list is unsupported (3h)",
        kCodes, kArea},
       kDirect,
       Unsupported},
      {{"MBOX-06", "Input that is too long is refused (16h)", kCodes, kArea},
       kDirect,
       TooLong},
      {{"MBOX-07", "Input that is too short is refused (16h)", kCodes, kArea},
       kDirect,
       TooShort},
      {{"MBOX-08", "Missing input is refused (16h)", kCodes, kArea},
       kDirect,
       Empty},
      {{"MBOX-09", "Input longer than the payload is refused", kCodes, kArea},
       kDirect,
       BeyondPayload},
      {{"MBOX-10", "A refused command has no output", kCodes, kArea},
       kDirect,
       RefusalIsEmpty},
      {{"MBOX-11", "A refused command spoils nothing for the next one",
        kMailbox, kArea},
       kDirect,
       GoesOn},
      {{"MBOX-12", "The same question has the same answer 21 times", kMailbox,
        kArea},
       AskedBy::kBoth,
       InARow},
      {{"MBOX-13", "No background command runs that nobody started", kMailbox,
        kArea},
       kDirect,
       Idle},
  };
}

}  // namespace daxmend
