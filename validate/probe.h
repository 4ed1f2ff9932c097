// SPDX-License-Identifier: GPL-2.0-only
//
// What a check asks with: a FirmwareBus whose questions are typed, put on
// record as evidence, and timed; and waiting that ends. A Probe has no way to
// inject, clear or write, so that a check that takes one is read-only;
// DestructiveProbe has, and the range that may be written to.
//
//   void ClearUnitIsPowerOfTwo(Probe& probe) {
//     const ArsCapabilities answer = probe.Capabilities(probe.pmem());
//     probe.Require(std::has_single_bit(answer.clear_unit), "...");
//   }
//
// A question whose answer cannot be decoded ends the check with FAIL; one that
// the kernel does not let through, because firmware does not advertise the
// function, with SKIP. Error means that validation itself cannot go on (the bus
// has gone away). Addresses are system physical. Not thread-safe.

#ifndef DAXMEND_VALIDATE_PROBE_H_
#define DAXMEND_VALIDATE_PROBE_H_

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "device/device_media.h"
#include "records/validation_record.h"
#include "validate/ars_payload.h"
#include "validate/evidence.h"
#include "validate/firmware_bus.h"
#include "validate/inject_payload.h"
#include "validate/nfit_payload.h"
#include "validate/reboot.h"

namespace daxmend {

// Between two looks at what is waited for.
inline constexpr std::chrono::milliseconds kProbePoll{20};
// More errors than this are not injected to find where firmware has enough.
inline constexpr uint64_t kMostErrors = 2048;

// What destructive checks may write to: the same bytes as physical addresses
// and as sectors of the disk.
struct TestRange {
  SpaRange spa;
  SectorRange sectors;
};

class Probe {
 public:
  explicit Probe(FirmwareBus& bus);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  BusView& bus() { return bus_; }

  [[noreturn]] void Fail(const std::string& why);
  [[noreturn]] void Warn(const std::string& why);
  [[noreturn]] void Skip(const std::string& why);
  // Fails unless it holds.
  void Require(bool holds, const std::string& why) {
    if (!holds) Fail(why);
  }
  // Fails unless they are the same.
  void RequireStatus(uint16_t status, uint16_t wanted);
  // What was seen, for the report of a check that passes.
  void Note(const std::string& what) { evidence_.Note(what); }

  // The NFIT, decoded; the same bytes at every call.
  const Nfit& nfit();
  // The same, put on record as evidence.
  const Nfit& NfitOnRecord();
  // The persistent range that is validated: the one with the test range in it
  // where there is one, or else the NFIT's first. Skips when there is none.
  SpaRange pmem();
  // A part of it small enough to scrub often.
  SpaRange scrub_range();
  // Addresses that no machine has, so that firmware that takes them after all
  // harms nothing: `length` bytes.
  SpaRange outside(uint64_t length);
  // The clear unit of pmem(), asked for once in each check; skips when it is no
  // power of two.
  uint64_t unit();
  bool Offers(Function function);

  // One question as it is, and its answer as it is.
  Answer Ask(ReadFunction function, const std::string& input,
             const std::string& in_words);

  ArsCapabilities Capabilities(uint64_t start, uint64_t length);
  ArsStart StartArs(uint64_t start, uint64_t length,
                    uint16_t type = kArsPersistent, uint8_t flags = 0);
  ArsStatus Status();
  InjectStatus Injected();
  // The size of the last answer, as firmware returned it.
  uint64_t last_size() const { return last_size_; }

  // Polls until firmware does not scrub any more; fails after kPatience.
  ArsStatus WaitForArs();
  // Scrubs `range` and returns what that found.
  ArsStatus Scrub(SpaRange range);
  // Returns when the kernel does not scrub; fails after kPatience.
  void WaitForKernel();
  // Whether the kernel scrubs, without being asked, within three seconds;
  // `before`: bus().Scrub().count when it was not yet told of anything.
  bool KernelScrubs(uint64_t before);
  // Has the kernel scrub, and waits for that.
  void ScrubByKernel();

  // For whoever runs checks: forgets the last check's evidence, and gives it.
  void Begin();
  void Finish(CheckResult& result);
  std::vector<FunctionLatency> Latencies() const;

 protected:
  // `inside`: where the range of pmem() has to be.
  Probe(FirmwareBus& bus, SpaRange inside);

  // One question, decoded.
  template <class T>
  T Get(Function function, const std::string& input,
        const std::string& in_words, Decoded<T> (*decode)(std::string_view));
  Answer AskAny(Function function, const std::string& input,
                const std::string& in_words);
  // Fails with what() when a wait that began at `begin` takes too long.
  void GiveUpAfter(std::chrono::nanoseconds begin,
                   const std::function<std::string()>& what);

 private:
  FirmwareBus& bus_;
  std::optional<SpaRange> inside_;
  std::string nfit_bytes_;
  std::optional<Nfit> nfit_;
  std::optional<uint64_t> unit_;
  Evidence evidence_;
  uint64_t last_size_ = 0;
  std::chrono::nanoseconds patience_;
  std::map<Function, LatencyHistogram> latencies_;
};

// A probe that injects, clears and writes: to `range`, and to nothing else that
// firmware should take. `disk` has the range's sectors.
class DestructiveProbe : public Probe {
 public:
  DestructiveProbe(FirmwareBus& bus, DeviceMedia& disk, const TestRange& range);

  using Probe::Ask;
  Answer Ask(Function function, const std::string& input,
             const std::string& in_words);
  InjectAnswer Inject(uint64_t start, uint64_t length, uint8_t options = 0);
  InjectAnswer InjectClear(uint64_t start, uint64_t length);
  ClearedError Clear(uint64_t start, uint64_t length);

  const TestRange& test_range() const { return range_; }
  // Units [first, first + count) of the test range.
  SpaRange Units(uint64_t first, uint64_t count);
  // The test range's sectors that the bytes lie in.
  SectorRange Sectors(SpaRange bytes) const;
  DeviceMedia& disk() { return disk_; }
  // Injects and requires success.
  void Poison(SpaRange range, uint8_t options = 0);
  // What firmware lists as injected in the test range, normalized.
  std::vector<SpaRange> InjectedRanges();
  // Fails unless that is `wanted`.
  void RequireInjected(const std::vector<SpaRange>& wanted);
  // What the kernel lists as bad in the test range, normalized.
  std::vector<SectorRange> Listed();
  // Returns when the kernel lists all of `sectors`; fails after kPatience.
  void WaitUntilListed(SectorRange sectors);

  // What a run before a reboot left; null unless this is the run after it.
  const RebootMarks* reboot_marks() const {
    return marks_ ? &*marks_ : nullptr;
  }
  void set_reboot_marks(const RebootMarks& marks) { marks_ = marks; }
  // Whether the driver may be let load from poison that it does not know of.
  bool may_load() const { return may_load_; }
  void set_may_load(bool may) { may_load_ = may; }

 private:
  DeviceMedia& disk_;
  const TestRange range_;
  std::optional<RebootMarks> marks_;
  bool may_load_ = false;
};

// "0x1000 to 0x1200"; several are separated by commas, none is "nothing".
std::string RangesInWords(const std::vector<SpaRange>& ranges);
std::string RangesInWords(const std::vector<SectorRange>& ranges);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_PROBE_H_
