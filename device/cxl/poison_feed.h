// SPDX-License-Identifier: GPL-2.0-only
//
// What is poisoned in a CXL region, as its devices list it, kept up to date.
// The kernel tells of a device's list, and of what is injected and cleared
// through it, by trace events and in no other way; a tracefs instance of this
// process's own has them ("daxmend-PID-N"), so that nobody else's tracing is
// touched.
//
// A device is asked once. From then on the trace is read: every change that
// goes through the kernel is in it before the call that makes it returns. When
// a device reports an error of its own, or lines were lost, it is asked again.
//
// Needs root (tracefs). Not thread-safe.

#ifndef DAXMEND_DEVICE_CXL_POISON_FEED_H_
#define DAXMEND_DEVICE_CXL_POISON_FEED_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "device/cxl/address_map.h"
#include "device/cxl/poison_trace.h"
#include "device/cxl/region_facts.h"
#include "system/file_descriptor.h"

namespace daxmend {

// Of one line.
struct CxlPoison {
  std::string
      source;  // "injected", "internal", "external", "vendor", "unknown"
  std::string flags;
  bool operator==(const CxlPoison&) const = default;
};

// By line: the offset in the region by kLineBytes.
using CxlPoisonedLines = std::map<uint64_t, CxlPoison>;

// The lines of a trace instance, and a way to have a device list its poison
// into it. A seam, so that the feed can be tested without a kernel.
class CxlTrace {
 public:
  virtual ~CxlTrace() = default;
  // What has come since the last call, in order. Throws Error.
  virtual std::vector<CxlTraceLine> Take() = 0;
  // Has `memdev` list its poison: the kernel writes it to the trace before this
  // returns. Throws Error.
  virtual void TriggerList(const std::string& memdev) = 0;
  // Readable when there is something to take.
  virtual int descriptor() const = 0;
};

// Throws Error where there is no tracefs for this process.
std::unique_ptr<CxlTrace> OpenCxlTrace(const CxlPlaces& places = {});

class CxlPoisonFeed {
 public:
  CxlPoisonFeed(CxlAddressMap map, std::unique_ptr<CxlTrace> trace)
      : map_(std::move(map)), trace_(std::move(trace)) {}

  const CxlAddressMap& map() const { return map_; }
  // Everything bad now. Throws Error, also where the kernel's addresses are not
  // those that we compute.
  const CxlPoisonedLines& Now();
  // Has the next Now() ask the devices: the trace says what the kernel has
  // asked for and a device has agreed to, which need not be what it has done.
  void AskAgain() { asked_ = false; }
  // What its devices list and no region has, as of the last Now(): by device
  // and DPA. (A device's list is one, whatever is mapped of it.)
  using Unmapped = std::map<std::pair<std::string, uint64_t>, CxlPoison>;
  const Unmapped& unmapped() const { return unmapped_; }
  // Counts up when Now() has found something to be different.
  uint64_t generation() const { return generation_; }
  // Lists may be longer than a device tells.
  bool cut() const { return cut_; }
  // Becomes readable when Now() may have something new.
  int descriptor() const { return trace_->descriptor(); }
  // Events that devices have reported since the last call.
  std::vector<CxlTraceLine> TakeEvents() { return std::exchange(events_, {}); }

 private:
  // Asks all devices anew.
  void Ask();
  struct Followed {
    bool lost = false;    // lines were dropped
    bool found = false;   // a device has found something by itself
    uint64_t listed = 0;  // records of the device that was asked
  };
  // Takes what has come. `listing`: the device that was just asked.
  Followed Follow(const std::string& listing);
  void Apply(const CxlTraceLine& line);

  const CxlAddressMap map_;
  const std::unique_ptr<CxlTrace> trace_;
  // Applies a line about what is in no region.
  void ApplyUnmapped(const CxlTraceLine& line);

  CxlPoisonedLines lines_;
  Unmapped unmapped_;
  std::vector<CxlTraceLine> events_;
  bool asked_ = false;
  bool cut_ = false;
  uint64_t generation_ = 0;
};

// The feed of `region` that this thread has already, or a new one: asking the
// devices takes a mailbox, and one answer does for whoever asks after it.
// Throws Error.
std::shared_ptr<CxlPoisonFeed> CxlFeedOf(const std::string& region,
                                         const CxlAddressMap& map,
                                         const CxlPlaces& places = {});

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_CXL_POISON_FEED_H_
