// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/memdev_device.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "core/text.h"
#include "device/cxl/memdev_list.h"
#include "device/cxl/memdev_poison.h"
#include "device/cxl/region_device.h"

namespace daxmend {
namespace {

constexpr char kNodes[] = "/dev/cxl/";
constexpr char kUuid[] = "cxl-serial-";

Error Refused(const char* what, const std::string& memdev, uint64_t line,
              int error) {
  return ErrnoError(
      fmt::format("{} DPA {} of {}", what, Hexadecimal(line * kLineBytes),
                  memdev),
      -error,
      error == -EPERM ? "boot without lockdown=" : WhyNoCxlInjection(memdev));
}

std::vector<UnitRange> Listed(const std::string& memdev, CxlTrace& trace,
                              bool* cut) {
  const CxlMemdevListing listing = ListCxlMemdev(memdev, trace);
  if (cut) *cut = listing.cut;
  std::vector<UnitRange> lines;
  for (const CxlListed& one : listing.poison)
    lines.push_back({one.dpa.begin / kLineBytes, one.dpa.end / kLineBytes});
  return Normalize(std::move(lines));
}

class MemdevMedia : public DeviceMedia {
 public:
  explicit MemdevMedia(std::string memdev)
      : memdev_(std::move(memdev)), trace_(OpenCxlTrace()) {}
  DeviceUnits units() const override { return kCxlUnits; }
  std::string Read(UnitRange lines) override {
    return std::string(lines.length() * kLineBytes, '\0');
  }
  void Write(UnitRange lines, std::string_view) override {
    for (UnitRange bad : IntersectAll(lines, Poison().units))
      for (uint64_t line = bad.begin; line < bad.end; ++line)
        if (const int error = ClearCxlLine(memdev_, line * kLineBytes);
            error != 0)
          throw Refused("clear", memdev_, line, error);
  }
  bool Readable(UnitRange lines) override {
    return IntersectAll(lines, Poison().units).empty();
  }
  PoisonView Poison() override {
    PoisonView view;
    view.units = Listed(memdev_, *trace_, &view.cut);
    return view;
  }
  void RequireRoom(const std::vector<UnitRange>& lines) override {
    const uint64_t most = MostCxlRecords(ReadCxlMemdev(memdev_).firmware);
    const uint64_t count = TotalLength(Poison().units) + TotalLength(lines);
    if (count > most)
      throw Error(
          {.thing = memdev_,
           .cause = fmt::format("is QEMU's CXL device, which ends the machine "
                                "when it lists more than {} records, and would "
                                "have {}",
                                most, count),
           .way_out = "inject fewer, or clear some"});
  }

 private:
  const std::string memdev_;
  const std::unique_ptr<CxlTrace> trace_;
};

class MemdevInjector : public Injector {
 public:
  explicit MemdevInjector(std::string memdev)
      : memdev_(std::move(memdev)), trace_(OpenCxlTrace()) {}
  std::string_view name() const override { return "cxl"; }
  void Inject(UnitRange lines, bool) override {
    for (uint64_t line = lines.begin; line < lines.end; ++line)
      if (const int error = InjectCxlLine(memdev_, line * kLineBytes);
          error != 0)
        throw Refused("inject", memdev_, line, error);
  }
  void Uninject(UnitRange) override {}
  std::vector<UnitRange> Injected() override {
    return Listed(memdev_, *trace_, nullptr);
  }
  void StartScrub() override {}
  void WaitForScrub() override {}

 private:
  const std::string memdev_;
  const std::unique_ptr<CxlTrace> trace_;
};

class MemdevDevice : public PoisonDevice {
 public:
  explicit MemdevDevice(std::string memdev)
      : memdev_(std::move(memdev)),
        facts_(ReadCxlMemdev(memdev_)),
        uuid_(kUuid + Hexadecimal(facts_.serial)),
        why_not_(WhyNoCxlInjection(memdev_)) {}

  const std::string& disk() const override { return memdev_; }
  std::string label() const override {
    return fmt::format(
        "CXL memory device, serial {}, {} bytes persistent, {} "
        "volatile",
        Hexadecimal(facts_.serial), facts_.persistent_bytes,
        facts_.volatile_bytes);
  }
  const std::string& bus() const override { return memdev_; }
  const std::string& provider() const override { return provider_; }
  const std::string& uuid() const override { return uuid_; }
  DeviceUnits units() const override { return kCxlUnits; }
  // Its own addresses; the system's are the region's.
  SpaRange media() const override {
    return {0, facts_.persistent_bytes + facts_.volatile_bytes};
  }
  bool KeepsBadblocks() const override { return false; }
  bool CanInject() const override { return why_not_.empty(); }
  bool CanClear() const override { return why_not_.empty(); }
  bool ClearingKeepsBytes() const override { return false; }
  bool KeepsItsBytes() const override { return false; }
  bool Notifies() const override { return false; }
  std::string_view OwnInjectorName() const override { return "cxl"; }
  std::string WhyOwnInjector() const override {
    return why_not_.empty()
               ? memdev_ + " can inject poison (mailbox command 4301h)"
               : why_not_;
  }
  std::unique_ptr<Injector> OwnInjector(bool) const override {
    return std::make_unique<MemdevInjector>(memdev_);
  }
  std::unique_ptr<DeviceMedia> OpenMedia(bool) const override {
    return std::make_unique<MemdevMedia>(memdev_);
  }
  int64_t ClearErrors(SpaRange bad, std::string* why) override {
    for (uint64_t at = bad.begin; at < bad.end; at += kLineBytes)
      if (const int error = ClearCxlLine(memdev_, at); error != 0) {
        *why = memdev_ + " refuses to clear DPA " + Hexadecimal(at);
        return at == bad.begin ? error : static_cast<int64_t>(at - bad.begin);
      }
    return static_cast<int64_t>(bad.length());
  }

 private:
  const std::string memdev_;
  const CxlMemdevFacts facts_;
  const std::string uuid_, why_not_, provider_ = "CXL";
};

bool Exists(const std::string& memdev) {
  const std::vector<std::string> all = CxlMemdevs();
  return std::find(all.begin(), all.end(), memdev) != all.end();
}

}  // namespace

std::string CxlMemdevOfNode(const std::string& path) {
  if (!path.starts_with(kNodes)) return "";
  const std::string name = path.substr(sizeof kNodes - 1);
  return name.starts_with("mem") && Exists(name) ? name : "";
}

const DeviceKind& CxlMemdevKind() {
  class Kind : public DeviceKind {
   public:
    std::unique_ptr<PoisonDevice> OfDisk(
        const std::string& disk) const override {
      if (!disk.starts_with("mem") || !Exists(disk)) return nullptr;
      return std::make_unique<MemdevDevice>(disk);
    }
    std::unique_ptr<PoisonDevice> OfUuid(
        const std::string& uuid) const override {
      if (!uuid.starts_with(kUuid)) return nullptr;
      for (const std::string& memdev : CxlMemdevs())
        if (kUuid + Hexadecimal(ReadCxlMemdev(memdev).serial) == uuid)
          return std::make_unique<MemdevDevice>(memdev);
      return nullptr;
    }
    std::unique_ptr<PoisonDevice> OfNode(
        const std::string& path) const override {
      const std::string memdev = CxlMemdevOfNode(path);
      if (memdev.empty()) return nullptr;
      return std::make_unique<MemdevDevice>(memdev);
    }
    std::vector<std::string> Disks() const override { return {}; }
  };
  static const Kind kind;
  return kind;
}

}  // namespace daxmend
