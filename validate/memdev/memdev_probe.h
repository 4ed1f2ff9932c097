// SPDX-License-Identifier: GPL-2.0-only
//
// What a check of a CXL memory device asks with: a MemdevTransport whose
// questions are typed, put on record as evidence, and timed. A MemdevProbe has
// no way to send a command that changes anything; MemdevWriter
// (memdev_writer.h) has.
//
//   void LifeUsed(MemdevProbe& probe) {
//     const Health health = probe.GetHealth();
//     probe.Require(health.life_used <= 100, "...");
//   }
//
// A question whose answer cannot be decoded, or that is not answered in two
// seconds, ends the check with FAIL; one that the device does not offer or the
// kernel does not pass on, with SKIP. Error means that validation itself cannot
// go on. Not thread-safe.

#ifndef DAXMEND_VALIDATE_MEMDEV_MEMDEV_PROBE_H_
#define DAXMEND_VALIDATE_MEMDEV_MEMDEV_PROBE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/latency_histogram.h"
#include "core/range.h"
#include "records/validation_record.h"
#include "validate/evidence.h"
#include "validate/memdev/memdev_payload.h"
#include "validate/memdev/memdev_transport.h"

namespace daxmend {

inline constexpr uint8_t kEventLogCount = 4;

class MemdevProbe {
 public:
  explicit MemdevProbe(MemdevTransport& device) : device_(device) {}
  MemdevProbe(const MemdevProbe&) = delete;
  MemdevProbe& operator=(const MemdevProbe&) = delete;

  MemdevTransport& device() { return device_; }
  const MemdevFacts& facts() { return device_.facts(); }
  // For checks that the kernel, or our own code, is asked by alone.
  Mailbox& mailbox();
  KernelView& kernel();

  [[noreturn]] void Fail(const std::string& why);
  [[noreturn]] void Warn(const std::string& why);
  [[noreturn]] void Skip(const std::string& why);
  // Fails unless it holds.
  void Require(bool holds, const std::string& why) {
    if (!holds) Fail(why);
  }
  // Fails unless the device answered with that code.
  void RequireCode(const MailboxAnswer& answer, MemdevCode wanted);
  void Note(const std::string& what) { evidence_.Note(what); }

  // What the Command Effects Log lists; read once.
  const std::vector<CommandEffect>& effects();
  bool Offers(MemdevCommand command);
  // Skips unless all are offered.
  void Need(std::initializer_list<MemdevCommand> commands);

  // One question that changes nothing, and its answer as it is. `length`: what
  // the mailbox is told where that is not the payload's own, by our own mailbox
  // code alone.
  MailboxAnswer Ask(MemdevCommand command, const std::string& in,
                    const std::string& in_words = "",
                    uint64_t length = UINT64_MAX);
  // An opcode that no specification and no vendor has (3ffeh).
  MailboxAnswer AskNobodys();
  // Its payload; fails unless it was answered with success.
  std::string Get(MemdevCommand command, const std::string& in = "",
                  const std::string& in_words = "");

  SupportedLogs GetSupportedLogs();
  Identity GetIdentity();
  Partitions GetPartitions();
  Health GetHealth();
  Alerts GetAlerts();
  FirmwareInfo GetFirmware();
  // Every feature, in as many answers as it takes.
  std::vector<FeatureEntry> GetFeatures();
  // The feature's entry; skips where there is none.
  FeatureEntry NeedFeature(const CxlUuid& uuid, const char* name);
  // Its bytes from there on, in as many answers as it takes.
  std::string GetFeature(const FeatureEntry& feature, uint16_t from = 0);
  std::string GetLabels(uint32_t offset, uint32_t bytes);
  // What of the device is asked about at a time, as Linux does: its volatile
  // memory, and its persistent.
  std::vector<DpaRange> Parts();
  bool IsVolatile(DpaRange part) { return part.begin < facts().volatile_bytes; }
  // One answer, by our own mailbox code alone.
  PoisonListAnswer GetPoison(uint64_t dpa, uint64_t lines);
  // Of a part. None where the device offers no list of its volatile memory,
  // which it need not (cxl_get_poison_by_memdev, Linux 6.12).
  std::optional<PoisonListAnswer> GetPoisonOf(DpaRange part);
  EventAnswer GetEvents(uint8_t log);

  // The whole device's list, in as many answers as it takes.
  std::vector<MediaRecord> Records();
  // The same as ranges, normalized.
  std::vector<DpaRange> Listed();

  // For whoever runs checks: forgets the last check's evidence, and gives it.
  void Begin() { evidence_.Begin(); }
  void Finish(CheckResult& result) { evidence_.Finish(result); }
  std::vector<FunctionLatency> Latencies() const;
  // Commands of which one took longer.
  std::vector<MemdevCommand> SlowerThan(std::chrono::nanoseconds time) const;

 protected:
  MailboxAnswer AskAny(MemdevCommand command, const std::string& in,
                       const std::string& in_words,
                       uint64_t length = UINT64_MAX);
  template <class T>
  T Decode(const std::string& bytes, MemdevCommand command,
           Decoded<T> (*decode)(std::string_view));
  // Of a command that every device has, and of one that it may not have.
  template <class T>
  T Always(MemdevCommand command, Decoded<T> (*decode)(std::string_view));
  template <class T>
  T Offered(MemdevCommand command, Decoded<T> (*decode)(std::string_view));
  std::vector<MediaRecord> RecordsOf(DpaRange part);
  std::vector<MediaRecord> RecordsByKernel();

 private:
  MemdevTransport& device_;
  Evidence evidence_;
  std::optional<std::vector<CommandEffect>> effects_;
  std::map<MemdevCommand, LatencyHistogram> latencies_;
};

// "0x1000 to 0x1040"; several are separated by commas, none is "nothing".
std::string DpasInWords(const std::vector<DpaRange>& ranges);
// Why a command has no answer.
std::string WhyUnanswered(MemdevCommand command, int error);

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_MEMDEV_MEMDEV_PROBE_H_
