// SPDX-License-Identifier: GPL-2.0-only
//
// The event logs of an emulated CXL memory device (CXL 3.1, Event Records):
// four logs by severity, each of a limited number of records of 128 bytes,
// which the host reads and clears by their handles. A log that is full counts
// what it drops.
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_EVENT_LOGS_H_
#define DAXMEND_MACHINE_CXL_EVENT_LOGS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace daxmend {

enum class EventLog : uint8_t { kInformation, kWarning, kFailure, kFatal };
inline constexpr size_t kEventLogs = 4;

inline constexpr size_t kEventRecordBytes = 128;
using EventRecord = std::array<std::byte, kEventRecordBytes>;

// What a transaction that an event is about was.
enum class EventTransaction : uint8_t {
  kUnknown = 0,
  kHostRead = 1,
  kHostWrite = 2,
  kScanMedia = 3,
  kHostInjectPoison = 4,
  kScrub = 5,
  kManagement = 6
};

// A General Media Event Record about the line at `dpa`; its handle is given to
// it by the log.
EventRecord GeneralMediaEvent(EventLog severity, uint64_t dpa,
                              EventTransaction transaction,
                              uint64_t timestamp_ns);

class EventLogs {
 public:
  static constexpr size_t kCapacity = 64;  // records of a log

  // Enters `record`, or counts that it had no room.
  void Add(EventLog log, EventRecord record, uint64_t timestamp_ns);

  // Bits of the Event Status register: logs that hold something.
  uint32_t Status() const;

  // The output payload of Get Event Records, of at most `most` bytes.
  std::vector<std::byte> Get(EventLog log, size_t most) const;
  // Clears those with these handles, which must be the oldest ones, in order,
  // or all. False where they are not: nothing is cleared then.
  bool Clear(EventLog log, std::span<const uint16_t> handles);
  void ClearAll(EventLog log);

 private:
  struct Log {
    std::deque<EventRecord> records;
    uint16_t next_handle = 1;  // 0 is none
    uint64_t dropped = 0;
    uint64_t first_dropped_ns = 0, last_dropped_ns = 0;
  };
  Log& At(EventLog log) { return logs_[static_cast<size_t>(log)]; }
  const Log& At(EventLog log) const { return logs_[static_cast<size_t>(log)]; }

  std::array<Log, kEventLogs> logs_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_EVENT_LOGS_H_
