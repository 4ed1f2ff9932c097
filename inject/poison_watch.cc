// SPDX-License-Identifier: GPL-2.0-only

#include "inject/poison_watch.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.h"
#include "device/devices.h"
#include "inject/owners/unit_owners.h"
#include "inject/poison_list.h"
#include "system/block_device.h"

namespace daxmend {
namespace {

constexpr int kLookMs = 1000;

// The whole list; none when the disk is gone.
std::optional<std::string> ReadList(int fd) {
  char buffer[kPageBytes];
  std::string text;
  for (;;) {
    const ssize_t n =
        pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (n == 0) return text;
    if (n > 0) {
      text.append(buffer, static_cast<size_t>(n));
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
}

// The kernel's announcements of devices that come and go.
FileDescriptor OpenUevents() {
  FileDescriptor fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                           NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1;
  if (!fd || bind(fd.get(), reinterpret_cast<sockaddr*>(&address),
                  sizeof address) != 0)
    throw ErrnoError("listen to the kernel's uevents", errno);
  return fd;
}

void Drain(int fd) {
  char message[8192];
  while (recv(fd, message, sizeof message, 0) > 0 || errno == ENOBUFS) continue;
}

}  // namespace

std::string_view NameOf(PoisonEvent::Kind kind) {
  switch (kind) {
    case PoisonEvent::Kind::kPresent:
      return "present";
    case PoisonEvent::Kind::kAppeared:
      return "appeared";
    case PoisonEvent::Kind::kDisappeared:
      return "disappeared";
    case PoisonEvent::Kind::kReported:
      return "reported";
    case PoisonEvent::Kind::kGone:
      break;
  }
  return "gone";
}

void AskOwners(PoisonEvent& event) {
  if (event.sectors.empty()) return;
  const uint64_t unit = event.unit_bytes;
  const SectorRange sectors =
      CoveringSectors({event.sectors.begin * unit, event.sectors.end * unit});
  event.owners = OwnersOfUnits(
      FindOwners(event.disk, {sectors}, [](const std::string&) {}),
      event.sectors, unit);
}

PoisonChange Compare(std::vector<UnitRange>& known, const PoisonView& view) {
  std::vector<UnitRange> now = view.units;
  // sysfs shows a page of text. What is behind it and was known is taken as
  // still there, not as repaired.
  if (view.cut) {
    const uint64_t shown = view.units.empty() ? 0 : view.units.back().end;
    for (UnitRange r : IntersectAll({shown, UINT64_MAX}, known))
      now.push_back(r);
    now = Normalize(std::move(now));
  }
  PoisonChange change{.appeared = SubtractAll(now, known),
                      .disappeared = SubtractAll(known, now)};
  known = std::move(now);
  return change;
}

PoisonWatch::Disk PoisonWatch::Open(const std::string& name) {
  // Of one of no kind that is known, the kernel's list is looked at.
  const std::unique_ptr<PoisonDevice> device = FindDeviceOfDisk(name);
  Disk disk{.name = name,
            .list = {},
            .itself = nullptr,
            .known = {},
            .media = MediaOf(name)};
  if (device) {
    disk.unit_bytes = device->units().error_bytes;
    disk.notifies = device->Notifies();
  }
  if (device && !device->KeepsBadblocks()) {
    disk.itself = device->OpenMedia(false);
    disk.notifies = disk.notifies || disk.itself->descriptor() >= 0;
    return disk;
  }
  const BlockDevice block{.name = name, .disk = name};
  if (!KeepsBadblocks(block)) throw NoList(block.node(), "keeps");
  disk.list = FileDescriptor::Open(block.badblocks_path(), O_RDONLY);
  return disk;
}

PoisonWatch::PoisonWatch(const std::vector<std::string>& disks)
    : uevents_(OpenUevents()) {
  for (const std::string& name : disks) disks_.push_back(Open(name));
  for (Disk& disk : disks_) Look(disk, PoisonEvent::Kind::kPresent);
}

std::optional<PoisonView> PoisonWatch::View(Disk& disk) {
  if (disk.itself) try {
      return disk.itself->Poison();
    } catch (const Error&) {
      return std::nullopt;
    }
  const std::optional<std::string> text = ReadList(disk.list.get());
  if (!text) return std::nullopt;
  BadblocksView view = ParseBadblocksView(*text);
  return PoisonView{.units = std::move(view.sectors), .cut = view.cut};
}

void PoisonWatch::Look(Disk& disk, PoisonEvent::Kind kind_of_new) {
  const std::optional<PoisonView> view = View(disk);
  if (!view) {
    disk.list = FileDescriptor();
    disk.itself = nullptr;
    events_.push_back({.kind = PoisonEvent::Kind::kGone, .disk = disk.name});
    return;
  }
  cut_ = cut_ || view->cut;
  const PoisonChange change = Compare(disk.known, *view);
  auto add = [&](PoisonEvent::Kind kind, UnitRange units) {
    PoisonEvent event{.kind = kind,
                      .disk = disk.name,
                      .sectors = units,
                      .unit_bytes = disk.unit_bytes};
    if (disk.media)
      event.spa = SpaRange{disk.media->begin + units.begin * disk.unit_bytes,
                           disk.media->begin + units.end * disk.unit_bytes};
    events_.push_back(std::move(event));
  };
  // First, so that a unit that is bad again reads as repaired and then
  // poisoned.
  for (UnitRange r : change.disappeared)
    add(PoisonEvent::Kind::kDisappeared, r);
  for (UnitRange r : change.appeared) add(kind_of_new, r);
  if (!disk.itself) return;
  for (DeviceReport& report : disk.itself->TakeReports()) {
    add(PoisonEvent::Kind::kReported, report.units);
    if (report.units.empty()) events_.back().spa = std::nullopt;
    events_.back().report = std::move(report);
  }
}

void PoisonWatch::LookAtAll() {
  for (Disk& disk : disks_) Look(disk, PoisonEvent::Kind::kAppeared);
  std::erase_if(disks_,
                [](const Disk& disk) { return !disk.list && !disk.itself; });
}

int PoisonWatch::PatienceMs(std::optional<Clock::time_point> until) const {
  int patience = -1;
  if (std::any_of(disks_.begin(), disks_.end(),
                  [](const Disk& disk) { return !disk.notifies; }))
    patience = kLookMs;
  if (!until) return patience;
  const auto left = std::clamp<int64_t>(
      std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now())
          .count(),
      0, 1000000000);
  return patience < 0 ? static_cast<int>(left)
                      : std::min(patience, static_cast<int>(left));
}

bool PoisonWatch::Wait(int stop, std::optional<Clock::time_point> until) {
  while (events_.empty() && !over()) {
    std::vector<pollfd> fds = {{stop, POLLIN, 0}, {uevents_.get(), POLLIN, 0}};
    // poll(2) passes over a descriptor that is none.
    for (const Disk& disk : disks_)
      if (disk.itself)
        fds.push_back({disk.itself->descriptor(), POLLIN, 0});
      else
        fds.push_back({disk.list.get(), POLLPRI | POLLERR, 0});
    const int ready = poll(fds.data(), fds.size(), PatienceMs(until));
    if (ready < 0 && errno != EINTR) throw ErrnoError("poll", errno);
    if (ready > 0 && fds[0].revents) return false;
    // Which device came or went does not matter: all are looked at anyway.
    if (ready > 0 && fds[1].revents) Drain(uevents_.get());
    LookAtAll();
    if (until && Clock::now() >= *until) break;
  }
  return !events_.empty();
}

std::vector<PoisonEvent> PoisonWatch::TakeEvents() {
  return std::exchange(events_, {});
}

}  // namespace daxmend
