// SPDX-License-Identifier: GPL-2.0-only
//
// A probe that changes things: poison in a range, and what the device keeps
// besides. It remembers what it has changed, whatever the device says of that,
// so that whoever runs checks can put it back; what cannot be put back it does
// not change.
//
// Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_WRITER_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_WRITER_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "validate/memdev/memdev_probe.h"

namespace daxmend {

struct MemdevRebootMarks;

// Commands that are not to be sent, and why.
using RefusedCommands = std::map<MemdevCommand, std::string>;

class MemdevWriter : public MemdevProbe {
 public:
  MemdevWriter(MemdevTransport& device, DpaRange range)
      : MemdevProbe(device), range_(range) {}

  DpaRange test_range() const { return range_; }
  // The DPA of the range's line `number`; of its last one for -1.
  uint64_t Line(int64_t number) const;
  // Where a clear or an injection must not reach.
  uint64_t outside() { return facts().bytes(); }
  // Address bits that no DPA of the device has set.
  std::vector<unsigned> BitsOutside();

  // From now on a check that sends one of these ends in SKIP.
  void Refuse(const RefusedCommands& commands);
  // Reads what is listed before anything is changed: errors of others, which
  // are no business of the checks.
  const std::vector<DpaRange>& ReadBefore();
  const std::vector<DpaRange>& before() const { return before_; }

  // Any command.
  MailboxAnswer Tell(MemdevCommand command, const std::string& in,
                     const std::string& in_words = "");
  // Fails unless it is done.
  void Do(MemdevCommand command, const std::string& in,
          const std::string& in_words = "");

  MailboxAnswer Inject(uint64_t dpa);
  MailboxAnswer Clear(uint64_t dpa);
  // An injection that must be refused. What is taken after all is cleared at
  // the same DPA, which is the only way to be rid of it where that is
  // misaligned.
  MailboxAnswer InjectWrongly(uint64_t dpa);
  // Injects, or clears, and requires success.
  void Poison(uint64_t dpa);
  void Unpoison(uint64_t dpa);
  // What is listed and was not before.
  std::vector<MediaRecord> NewRecords() { return NewOf(Records()); }
  std::vector<MediaRecord> NewOf(const std::vector<MediaRecord>& records);
  // Fails unless that is what is: lines at these DPAs and nothing else.
  void RequireListed(const std::vector<uint64_t>& dpas);

  // Resets it, which counts as telling it what a reset may forget. Skips where
  // that cannot be done.
  void ResetFunction();

  // A line that an earlier run has injected is cleared as one of this run's.
  void Adopt(uint64_t dpa) { injected_.insert(dpa / kMediaLineBytes); }
  // What a run before a reboot has left (memdev_reboot.h); null where this is
  // none after one.
  const MemdevRebootMarks* reboot_marks() const { return reboot_marks_; }
  void set_reboot_marks(const MemdevRebootMarks* marks) {
    reboot_marks_ = marks;
  }

  // The commands that were sent since the last call.
  std::set<MemdevCommand> TakeTold();
  // Clears every line that was injected, listed or not. Returns why one is
  // left, and forgets the others.
  std::string ClearInjected();

 private:
  void RequireAllowed(MemdevCommand command);

  const DpaRange range_;
  const MemdevRebootMarks* reboot_marks_ = nullptr;
  RefusedCommands refused_;
  std::vector<DpaRange> before_;
  std::set<MemdevCommand> told_;
  std::set<uint64_t> injected_;  // lines of the range
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_WRITER_H_
