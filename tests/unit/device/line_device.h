// SPDX-License-Identifier: GPL-2.0-only
//
// Another kind of device than NVDIMMs: errors of 64-byte lines, or of what
// other units it is told, which it lists itself and makes good line by line; no
// block device, no list of the kernel's, no notification. Its node is a file,
// its name "line0".
//
//   LineKind kind(directory_ + "/line0", kLines);
//   AddedDeviceKind added(kind);
//
// Not thread-safe.

#ifndef DAXMEND_TESTS_UNIT_DEVICE_LINE_DEVICE_H_
#define DAXMEND_TESTS_UNIT_DEVICE_LINE_DEVICE_H_

#include <cerrno>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "device/devices.h"

namespace daxmend {

inline constexpr DeviceUnits kLines{
    .error_bytes = 64, .repair_bytes = 64, .name = "line"};

// What is the same for every handle of it.
struct LineMemory {
  static constexpr uint64_t kCount = 1024;
  explicit LineMemory(DeviceUnits of) : units(of) {}

  DeviceUnits units;
  std::string bytes = std::string(kCount * units.error_bytes, 'x');
  std::set<uint64_t> bad;
  // Writes clear; firmware that does not is tried, too.
  bool clears = true;
  uint64_t capacity = kCount;

  std::vector<UnitRange> Bad() const {
    std::vector<UnitRange> ranges;
    for (uint64_t line : bad) ranges.push_back({line, line + 1});
    return Normalize(std::move(ranges));
  }
  uint64_t Unit() const { return units.error_bytes; }
};

class LineMedia : public DeviceMedia {
 public:
  explicit LineMedia(LineMemory& memory) : memory_(memory) {}
  DeviceUnits units() const override { return memory_.units; }
  std::string Read(UnitRange range) override {
    if (!Readable(range)) throw ErrnoError("read line0", EIO);
    return memory_.bytes.substr(range.begin * memory_.Unit(),
                                range.length() * memory_.Unit());
  }
  void Write(UnitRange range, std::string_view content) override {
    if (content.size() != range.length() * memory_.Unit())
      throw Error("not whole lines");
    memory_.bytes.replace(range.begin * memory_.Unit(), content.size(),
                          content);
    for (uint64_t line = range.begin; memory_.clears && line < range.end;
         ++line)
      memory_.bad.erase(line);
  }
  bool Readable(UnitRange range) override {
    return IntersectAll(range, memory_.Bad()).empty();
  }
  PoisonView Poison() override { return {.units = memory_.Bad()}; }

 private:
  LineMemory& memory_;
};

class LineInjector : public Injector {
 public:
  explicit LineInjector(LineMemory& memory) : memory_(memory) {}
  std::string_view name() const override { return "line"; }
  void Inject(UnitRange range, bool) override {
    for (uint64_t line = range.begin; line < range.end; ++line) {
      if (memory_.bad.size() == memory_.capacity) throw Error("line0 is full");
      memory_.bad.insert(line);
      const uint64_t unit = memory_.Unit();
      memory_.bytes.replace(line * unit, unit, std::string(unit, '?'));
    }
  }
  // As CXL's: the data is zeros then, and a write is what brings it back.
  void Uninject(UnitRange range) override {
    for (uint64_t line = range.begin; line < range.end; ++line)
      memory_.bad.erase(line);
  }
  std::vector<UnitRange> Injected() override { return memory_.Bad(); }
  void StartScrub() override {}
  void WaitForScrub() override {}

 private:
  LineMemory& memory_;
};

class LineDevice : public PoisonDevice {
 public:
  explicit LineDevice(LineMemory& memory, std::string disk = "line0")
      : memory_(memory), disk_(std::move(disk)), uuid_(disk_ + "-uuid") {}
  const std::string& disk() const override { return disk_; }
  std::string label() const override { return "line0 on test0"; }
  const std::string& bus() const override { return bus_; }
  const std::string& provider() const override { return bus_; }
  const std::string& uuid() const override { return uuid_; }
  DeviceUnits units() const override { return memory_.units; }
  SpaRange media() const override {
    return SpaRange::OfLength(uint64_t{1} << 32, memory_.bytes.size());
  }
  bool KeepsBadblocks() const override { return false; }
  bool CanInject() const override { return true; }
  bool CanClear() const override { return true; }
  bool ClearingKeepsBytes() const override { return false; }
  bool Notifies() const override { return false; }
  bool NeedsAdmin() const override { return false; }
  std::string_view OwnInjectorName() const override { return "line"; }
  std::string WhyOwnInjector() const override { return "it is made for it"; }
  std::unique_ptr<Injector> OwnInjector(bool) const override {
    return std::make_unique<LineInjector>(memory_);
  }
  std::unique_ptr<DeviceMedia> OpenMedia(bool) const override {
    return std::make_unique<LineMedia>(memory_);
  }
  int64_t ClearErrors(SpaRange bad, std::string*) override {
    for (uint64_t at = bad.begin; at < bad.end; at += memory_.Unit())
      memory_.bad.erase((at - media().begin) / memory_.Unit());
    return static_cast<int64_t>(bad.length());
  }

 private:
  LineMemory& memory_;
  const std::string disk_, bus_ = "test0", uuid_;
};

class LineKind : public DeviceKind {
 public:
  // Makes the node.
  LineKind(std::string node, DeviceUnits units)
      : node_(std::move(node)), memory_(units) {
    std::ofstream{node_};
  }
  std::unique_ptr<PoisonDevice> OfDisk(const std::string& disk) const override {
    return disk == "line0" ? Open() : nullptr;
  }
  std::unique_ptr<PoisonDevice> OfUuid(const std::string& uuid) const override {
    return uuid == "line0-uuid" ? Open() : nullptr;
  }
  std::unique_ptr<PoisonDevice> OfNode(const std::string& path) const override {
    return path == node_ ? Open() : nullptr;
  }
  std::vector<std::string> Disks() const override { return {"line0"}; }

  LineMemory& memory() const { return memory_; }

 private:
  std::unique_ptr<PoisonDevice> Open() const {
    return std::make_unique<LineDevice>(memory_);
  }
  const std::string node_;
  mutable LineMemory memory_;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_DEVICE_LINE_DEVICE_H_
