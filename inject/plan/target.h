// SPDX-License-Identifier: GPL-2.0-only
//
// What poison may be injected in, and what stands against it. A target is a DAX
// file, or a device in its own offsets: a persistent-memory block device, or
// one without a block device. Of a block device, only what files have is fair
// game unless the user says otherwise.
//
// Thread-safe.

#ifndef DAXMEND_INJECT_PLAN_TARGET_H_
#define DAXMEND_INJECT_PLAN_TARGET_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "inject/owners/owners.h"
#include "inject/plan/plan.h"
#include "records/injection_record.h"
#include "system/block_device.h"
#include "system/extent_map.h"
#include "system/file_descriptor.h"

namespace daxmend {

struct SafetyOptions {
  // Poison what others use too: a file with several names, the root file
  // system's device, a device that is held or open elsewhere.
  bool force = false;
  // Of a device, poison metadata, free space and what nobody can be asked
  // about.
  bool allow_metadata = false;
};

// What was found out about a target.
struct TargetFacts {
  std::string path;  // as it was named
  bool is_device = false;
  // Its disk does DAX, or the kernel lists its bad sectors (raw mode).
  bool persistent_memory = true;
  uint64_t links = 1;                // names of a file
  bool root = false;                 // its disk has the root file system
  std::vector<std::string> holders;  // devices over it: "dm-0"
  std::vector<std::string> openers;  // who has its disk open: "dd (pid 17)"
  bool claimed = false;              // the kernel uses it otherwise (swap)
  bool keeps_bytes = true;           // its bytes can be read and given back
};

// Throws Error with the first reason against injecting in it.
void RequireSafe(const TargetFacts& facts, const SafetyOptions& options);

// Throws Error unless each range of a device may be poisoned.
void RequireFiles(const std::string& path,
                  const std::vector<SectorOwner>& owners,
                  const SafetyOptions& options);

class Target {
 public:
  // Opens it for reading. Throws Error for what is neither a DAX file nor a
  // block device, and with RequireSafe's reasons.
  Target(const std::string& path, const SafetyOptions& options);

  bool is_device() const { return is_device_; }
  // What it is, or is on. Opened anew at each call.
  std::unique_ptr<PoisonDevice> OpenDevice() const;
  // Of a device: the part of that which it is.
  DevicePart part(const DeviceUnits& units) const;
  // Bytes.
  uint64_t size() const { return size_; }
  // The absolute path without links: how the journal calls it.
  const std::string& name() const { return name_; }

  // The file itself, opened for reading; -1 for a device.
  int fd() const { return is_device_ ? -1 : fd_.get(); }
  // Whether the file was written to since NoteTimes(), as far as its times
  // tell; false for a device.
  void NoteTimes();
  bool WrittenSince() const;

  // Where `ranges` lie now on `on`, what OpenDevice returned. Throws as
  // LocatePoison, and for parts of a block device as RequireFiles does.
  std::vector<PoisonedRange> Locate(
      const std::vector<FileRange>& ranges, const PoisonDevice& on,
      const std::function<void(const std::string&)>& progress) const;
  // Throws Error when `located` is not where it lies any more: file systems
  // move extents when they like.
  void RequireUnmoved(const std::vector<PoisonedRange>& located) const;

 private:
  std::string path_;
  std::string name_;
  SafetyOptions options_;
  FileDescriptor fd_;
  bool is_device_ = false;
  // The block device of both; its name alone where there is none.
  BlockDevice device_;
  bool without_block_ = false;
  uint64_t size_ = 0;
  timespec written_ = {};
};

// Throws Error naming `path` and the first place that moved, unless the file
// with these extents still has all of `located` where it was.
void RequireUnmoved(const std::vector<PoisonedRange>& located,
                    const ExtentMap& extents, const BlockDevice& device,
                    const std::string& path);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLAN_TARGET_H_
