// SPDX-License-Identifier: GPL-2.0-only
//
// A memory device asked by our own mailbox code: no driver may have it.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_DIRECT_MEMDEV_H_
#define DAXMEND_VALIDATE_MEMDEV_DIRECT_MEMDEV_H_

#include <utility>

#include "validate/memdev/memdev_transport.h"

namespace daxmend {

class DirectMemdev : public MemdevTransport {
 public:
  // Throws Error where there is nothing to ask by.
  DirectMemdev(MemdevFacts facts, RegisterAccess& registers)
      : facts_(std::move(facts)), mailbox_(registers) {}

  const MemdevFacts& facts() const override { return facts_; }
  MailboxAnswer Send(MemdevCommand command, std::string_view in) override {
    return mailbox_.Send(command, in);
  }
  Mailbox* mailbox() override { return &mailbox_; }
  std::chrono::nanoseconds Now() override { return mailbox_.registers().Now(); }
  void Sleep(std::chrono::milliseconds time) override {
    mailbox_.registers().Sleep(time);
  }

 private:
  const MemdevFacts facts_;
  Mailbox mailbox_;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_DIRECT_MEMDEV_H_
