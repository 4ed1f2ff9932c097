// SPDX-License-Identifier: GPL-2.0-only
//
// What an emulated CXL memory device does by mailbox command (CXL 3.1, the
// Memory Device Command Sets and the commands of all components): identity,
// logs, labels, health, poison, events.
//
// Where the specification leaves a choice it does what the specification
// recommends: adjacent lines are one record of the list; an injection is an
// event in the informational log; a list that does not fit goes on with the
// next command for the same range.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_MEMORY_COMMANDS_H_
#define DAXMEND_MACHINE_CXL_MEMORY_COMMANDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "machine/cxl/cxl_faults.h"
#include "machine/cxl/cxl_reply.h"
#include "machine/cxl/device_features.h"
#include "machine/cxl/event_logs.h"
#include "machine/cxl/media_scan.h"
#include "machine/cxl/poisoned_lines.h"

namespace daxmend {

struct CxlDeviceParameters {
  uint64_t bytes = 0;        // of memory; a multiple of 256 MiB
  bool is_volatile = false;  // all of it; else all of it is persistent
  uint64_t serial = 0;       // what users know it by
  // Tells of events by interrupt. Without, the host has to ask.
  bool interrupts = true;
  // Room for a payload in the mailbox; a power of two.
  uint32_t payload_bytes = 4096;
  // What it does wrong.
  CxlFaults faults = {};
};

// What came with a line of data: Clear Poison writes it.
using CxlLine = std::array<std::byte, kCxlLineBytes>;

class MemoryCommands {
 public:
  static constexpr uint64_t kLabelBytes = uint64_t{128} << 10;
  // Of memory; what capacities are counted in.
  static constexpr uint64_t kCapacityUnit = uint64_t{256} << 20;

  // `store` writes a line of the media at a DPA.
  MemoryCommands(CxlDeviceParameters parameters,
                 std::function<void(uint64_t dpa, const CxlLine&)> store);

  CxlReply Run(uint16_t opcode, std::span<const std::byte> in);

  // Bits of the Event Status register.
  uint32_t EventStatus() const { return events_.Status(); }
  // Told of an event that the host wants a vector to be raised for. May be
  // called while a command runs.
  void OnEvent(std::function<void(uint32_t vector)> raise) {
    raise_ = std::move(raise);
  }
  const CxlDeviceParameters& parameters() const { return parameters_; }
  const PoisonedLines& poison() const { return poison_; }
  // The Background Command Status register; looking is what a background
  // command's time passes by, so that it depends on nothing else.
  uint64_t PollBackground() { return scan_.Poll(); }
  bool background() const { return scan_.running(); }
  // From now on; the state stays.
  void SetFaults(const CxlFaults& faults) {
    faults_ = faults;
    features_.ShowLong(Has(CxlFault::kLongFeature));
  }

  // The mailbox is as after a reset; poison, labels and events stay.
  void Reset();

 private:
  using In = CxlInput;
  struct Command {
    uint16_t opcode;
    uint16_t effects;  // of the Command Effects Log
    CxlReply (MemoryCommands::*run)(In);
    // Its input's length; kAny where the command looks itself.
    size_t in_bytes;
  };
  static constexpr size_t kAny = SIZE_MAX;
  static std::span<const Command> Table();

  // Where a list that did not fit goes on.
  struct Continued {
    uint64_t begin, end;  // lines that were asked for
    uint64_t next;        // the first that was not told
  };
  // Warnings that the host has set: bits, percent, degrees, counts.
  struct Alerts {
    uint8_t valid = 0;
    uint8_t life_used = 75;
    std::array<uint16_t, 4> warnings{};
  };

  CxlReply GetEventRecords(In in);
  CxlReply ClearEventRecords(In in);
  CxlReply GetInterruptPolicy(In in);
  CxlReply SetInterruptPolicy(In in);
  CxlReply GetFirmware(In in);
  CxlReply GetTimestamp(In in);
  CxlReply SetTimestamp(In in);
  CxlReply GetSupportedLogs(In in);
  CxlReply GetLog(In in);
  CxlReply Identify(In in);
  CxlReply GetPartition(In in);
  CxlReply GetLabels(In in);
  CxlReply SetLabels(In in);
  CxlReply GetHealth(In in);
  CxlReply GetAlerts(In in);
  CxlReply SetAlerts(In in);
  CxlReply GetShutdownState(In in);
  CxlReply SetShutdownState(In in);
  CxlReply GetPoison(In in);
  CxlReply InjectPoison(In in);
  CxlReply ClearPoison(In in);
  CxlReply GetScanCapabilities(In in);
  CxlReply ScanMedia(In in);
  CxlReply GetScanResults(In in);
  CxlReply GetSupportedFeatures(In in);
  CxlReply GetFeature(In in);
  CxlReply SetFeature(In in);
  CxlReply Maintain(In in);

  bool Has(CxlFault fault) const { return faults_.own.contains(fault); }
  size_t PayloadBytes() const {
    constexpr size_t kSmall = 256;
    return Has(CxlFault::kPayloadOf256) ? kSmall : parameters_.payload_bytes;
  }
  // Of memory, from DPA 0 on; what follows is persistent.
  uint64_t VolatileBytes() const;
  // The bytes of the Command Effects Log.
  std::vector<std::byte> Effects() const;
  // As it was set, and a microsecond for each command since.
  uint64_t Now() const;
  // The lines of a range: DPA and number. kSuccess, or why there are none.
  CxlStatus LinesOf(In in, uint64_t* begin, uint64_t* end) const;
  // kSuccess and *line, or why there is no line at that DPA.
  CxlStatus LineAt(uint64_t dpa, uint64_t* line) const;
  void Note(EventLog log, uint64_t dpa, EventTransaction transaction);

  const CxlDeviceParameters parameters_;
  const std::function<void(uint64_t, const CxlLine&)> store_;
  std::function<void(uint32_t)> raise_;
  PoisonedLines poison_;
  std::optional<Continued> continued_;
  EventLogs events_;
  std::array<uint8_t, kEventLogs> policy_{};  // as the host has set it
  std::vector<std::byte> labels_;
  Alerts alerts_;
  uint8_t dirty_ = 0;       // shutdown state
  uint64_t timestamp_ = 0;  // as it was set
  uint64_t commands_ = 0;   // since then
  MediaScan scan_;
  DeviceFeatures features_;
  CxlFaults faults_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_MEMORY_COMMANDS_H_
