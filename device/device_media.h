// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a device, and which of its units are poisoned as far as whoever
// keeps a list says: the kernel (badblocks), or the device itself.
//
// A seam, so that undo can be tested without a device. Not thread-safe.

#ifndef DAXMEND_DEVICE_DEVICE_MEDIA_H_
#define DAXMEND_DEVICE_DEVICE_MEDIA_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "device/device_units.h"

namespace daxmend {

// The list of poison as far as it is shown.
struct PoisonView {
  std::vector<UnitRange> units;  // normalized
  bool cut = false;              // behind the last of them there may be more
  // Who says that a unit is bad, where a device tells; ascending, all of
  // `units`.
  struct Origin {
    UnitRange units;
    std::string source;  // "injected", "internal", "external", "vendor"
    std::string flags = {};
    bool operator==(const Origin&) const = default;
  };
  std::vector<Origin> origins = {};
};

// Stores bytes of a disk where a file has them, which can be done to the byte.
class LineStore {
 public:
  virtual ~LineStore() = default;
  // False where no file has all of `place`; nothing is stored then. Throws
  // Error.
  virtual bool Store(DeviceRange place, std::string_view content) = 0;
};

// What a device has reported of its memory by itself.
struct DeviceReport {
  std::string event;        // "cxl_general_media"
  std::string log;          // "Failure"
  std::string transaction;  // "Host Read"
  std::string place;        // "DPA 0x1000 of mem0"
  UnitRange units = {};     // of the disk; none where it has none of it
  bool operator==(const DeviceReport&) const = default;
};

class DeviceMedia {
 public:
  virtual ~DeviceMedia() = default;
  virtual DeviceUnits units() const { return {}; }
  // All throw Error naming the device.
  virtual std::string Read(UnitRange range) = 0;
  // Makes poisoned units good.
  virtual void Write(UnitRange range, std::string_view content) = 0;
  // False when the answer is that something in there is poisoned.
  virtual bool Readable(UnitRange range) = 0;
  // What is listed.
  virtual PoisonView Poison() = 0;
  // Adds to the list. Not every device has a way. Error::code() is ENOSPC when
  // the list is full.
  virtual void List(UnitRange) {}
  // Whether Read() gives the bytes of units that are listed, too, and a write
  // that does not clear them goes to the media: they are the newest there are.
  virtual bool ReadsBelowPoison() const { return false; }
  // Has the next Poison() ask whoever lists it: what was cleared by a call is
  // good when the list says so, and not when the call does.
  virtual void AskAgain() {}
  // What the device has reported since the last call, as far as Poison() was
  // asked meanwhile.
  virtual std::vector<DeviceReport> TakeReports() { return {}; }
  // Has units that are smaller than a sector stored by files, where they can
  // be. Null: no more.
  virtual void StoreBy(LineStore*) {}
  // Becomes readable when Poison() may have something new to say; -1 where
  // nothing tells.
  virtual int descriptor() const { return -1; }
  // Throws Error when the list has no room for `units` (normalized), too.
  virtual void RequireRoom(const std::vector<UnitRange>&) {}
};

// Which of `units` (normalized) are listed, normalized. Where only a part of
// the list is shown, the rest is found out by reading.
std::vector<UnitRange> BadAmong(const std::vector<UnitRange>& units,
                                DeviceMedia& media);

// What of `units` (normalized) cannot be read, normalized, listed or not: by
// reading all of it. More than BadAmong() finds where the list had no room for
// poison that a load met: the kernel took its page away nevertheless.
std::vector<UnitRange> UnreadableAmong(const std::vector<UnitRange>& units,
                                       DeviceMedia& media);

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_DEVICE_MEDIA_H_
