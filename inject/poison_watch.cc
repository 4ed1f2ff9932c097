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
#include "device/nvdimm_namespace.h"
#include "inject/poison_list.h"
#include "inject/poison_map.h"

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
    case PoisonEvent::Kind::kGone:
      break;
  }
  return "gone";
}

PoisonChange Compare(std::vector<SectorRange>& known,
                     const BadblocksView& view) {
  std::vector<SectorRange> now = view.sectors;
  if (view.cut) {
    const uint64_t shown = view.sectors.empty() ? 0 : view.sectors.back().end;
    for (SectorRange r : IntersectAll({shown, UINT64_MAX}, known))
      now.push_back(r);
    now = Normalize(std::move(now));
  }
  PoisonChange change;
  for (SectorRange r : now)
    for (SectorRange fresh : Subtract(r, known))
      change.appeared.push_back(fresh);
  for (SectorRange r : known)
    for (SectorRange old : Subtract(r, now)) change.disappeared.push_back(old);
  known = std::move(now);
  return change;
}

PoisonWatch::PoisonWatch(const std::vector<std::string>& disks)
    : uevents_(OpenUevents()) {
  for (const std::string& name : disks) {
    const BlockDevice device{.name = name, .disk = name};
    if (!KeepsBadblocks(device))
      throw Error(device.node() +
                  " keeps no list of bad sectors, because it is not persistent "
                  "memory or is in sector mode: see 'ndctl list -N'");
    Disk disk{.name = name,
              .list = FileDescriptor::Open(device.badblocks_path(), O_RDONLY),
              .known = {},
              .media = MediaOf(name)};
    try {
      disk.announces = NvdimmNamespace::OfDisk(name)->announces();
    } catch (const Error&) {
      // Not on a bus that libndctl knows: looked at.
    }
    disks_.push_back(std::move(disk));
  }
  for (Disk& disk : disks_) Look(disk, PoisonEvent::Kind::kPresent);
}

void PoisonWatch::Look(Disk& disk, PoisonEvent::Kind kind_of_new) {
  const std::optional<std::string> text = ReadList(disk.list.get());
  if (!text) {
    disk.list = FileDescriptor();
    events_.push_back({.kind = PoisonEvent::Kind::kGone, .disk = disk.name});
    return;
  }
  const BadblocksView view = ParseBadblocksView(*text);
  cut_ = cut_ || view.cut;
  const PoisonChange change = Compare(disk.known, view);
  auto add = [&](PoisonEvent::Kind kind, SectorRange sectors) {
    PoisonEvent event{.kind = kind, .disk = disk.name, .sectors = sectors};
    if (disk.media) event.spa = SpaOfSectors(*disk.media, sectors);
    events_.push_back(std::move(event));
  };
  for (SectorRange r : change.disappeared)
    add(PoisonEvent::Kind::kDisappeared, r);
  for (SectorRange r : change.appeared) add(kind_of_new, r);
}

void PoisonWatch::LookAtAll() {
  for (Disk& disk : disks_) Look(disk, PoisonEvent::Kind::kAppeared);
  std::erase_if(disks_, [](const Disk& disk) { return !disk.list; });
}

int PoisonWatch::PatienceMs(std::optional<Clock::time_point> until) const {
  int patience = -1;
  if (std::any_of(disks_.begin(), disks_.end(),
                  [](const Disk& disk) { return !disk.announces; }))
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
    for (const Disk& disk : disks_)
      fds.push_back({disk.list.get(), POLLPRI | POLLERR, 0});
    const int ready = poll(fds.data(), fds.size(), PatienceMs(until));
    if (ready < 0 && errno != EINTR) throw ErrnoError("poll", errno);
    if (ready > 0 && fds[0].revents) return false;
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
