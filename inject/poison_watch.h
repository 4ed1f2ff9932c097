// SPDX-License-Identifier: GPL-2.0-only
//
// Poison as it comes and goes. The kernel announces a change of a disk's list
// to whoever polls it (POLLPRI; drivers/nvdimm/pmem.c, nd_pmem_notify and
// pmem_clear_bb, Linux 4.11) and the end of a disk by a uevent. What somebody
// writes into the list by hand it does not announce: where that is the way
// poison comes (no ACPI bus), the list is looked at once a second, too.
//
//   PoisonWatch watch({"pmem0"});
//   while (watch.Wait(stop_fd, until))
//     for (const PoisonEvent& event : watch.TakeEvents()) ...
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_POISON_WATCH_H_
#define DAXMEND_INJECT_POISON_WATCH_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"
#include "device/device_media.h"
#include "inject/owners/owners.h"
#include "system/file_descriptor.h"

namespace daxmend {

struct PoisonEvent {
  enum class Kind {
    kPresent,  // was there when the watch began
    kAppeared,
    kDisappeared,  // repaired or cleared
    kGone,         // the disk is; `sectors` are empty
    kReported,     // the device says something of itself: `report`
  };
  Kind kind = Kind::kPresent;
  std::string disk;
  UnitRange sectors = {};  // units of the disk, of so many bytes each
  uint64_t unit_bytes = kSectorBytes;
  std::optional<SpaRange> spa = {};
  DeviceReport report = {};
  // Whose the sectors are, where somebody has asked (FindOwners).
  std::vector<SectorOwner> owners = {};
  bool operator==(const PoisonEvent&) const = default;
};

// Asks whose the sectors of `event` are. Throws Error.
void AskOwners(PoisonEvent& event);

// "present", "appeared", "disappeared", "gone", "reported".
std::string_view NameOf(PoisonEvent::Kind kind);

// What changed between `known` (normalized), which becomes what is known now,
// and what the kernel shows. Nothing is said about what it has no room to show.
struct PoisonChange {
  std::vector<UnitRange> appeared;
  std::vector<UnitRange> disappeared;
};
PoisonChange Compare(std::vector<UnitRange>& known, const PoisonView& view);

class PoisonWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Watches the lists of `disks` ("pmem0"). Once it has returned, nothing is
  // missed. Throws Error for one that keeps none.
  explicit PoisonWatch(const std::vector<std::string>& disks);

  // Returns when there are events, false when there are none: `until` has come
  // (never, without), or `stop` became readable.
  bool Wait(int stop, std::optional<Clock::time_point> until);
  // Since the last call.
  std::vector<PoisonEvent> TakeEvents();

  // Are all disks gone?
  bool over() const { return disks_.empty(); }
  // Did a list not fit on the page that the kernel shows?
  bool cut() const { return cut_; }

 private:
  struct Disk {
    std::string name;
    // The kernel's list, or a device that lists itself.
    FileDescriptor list;
    std::unique_ptr<DeviceMedia> itself;
    std::vector<UnitRange> known;
    std::optional<SpaRange> media;
    uint64_t unit_bytes = kSectorBytes;
    bool notifies = false;
  };
  static Disk Open(const std::string& name);
  // What is listed; none when the device is gone.
  static std::optional<PoisonView> View(Disk& disk);
  // Reads the list, which also arms the next announcement.
  void Look(Disk& disk, PoisonEvent::Kind kind_of_new);
  void LookAtAll();
  int PatienceMs(std::optional<Clock::time_point> until) const;

  std::vector<Disk> disks_;
  FileDescriptor uevents_;
  std::vector<PoisonEvent> events_;
  bool cut_ = false;
};

}  // namespace daxmend

#endif  // DAXMEND_INJECT_POISON_WATCH_H_
