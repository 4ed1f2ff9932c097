// SPDX-License-Identifier: GPL-2.0-only
//
// What a job does where there is poison: knows where it is, hands an I/O that
// met some to its file's recovery, and counts what became of it.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "core/error.h"
#include "device/firmware_clearing.h"
#include "ioengine/job.h"
#include "ioengine/job_io.h"
#include "recovery/device_dax_media.h"
#include "recovery/failure_text.h"
#include "recovery/file_media.h"
#include "recovery/flag_probe.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr uint64_t kLookedAtOnce = uint64_t{1} << 20;

// Can the kernel write to `buffer`? A read that ends in EFAULT does not say
// which of its two sides was bad.
bool TakesBytes(std::span<std::byte> buffer) {
  const FileDescriptor zeros(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  return zeros && read(zeros.get(), buffer.data(), buffer.size()) ==
                      static_cast<ssize_t>(buffer.size());
}

}  // namespace

Strategy Job::StrategyFor(const fio_file* file, bool by_device) {
  if (auto_) {
    const Strategy chosen = by_device ? Strategy::kClear : Strategy::kWrite;
    const std::string name = StrategyName(static_cast<unsigned>(chosen));
    // Files of one job may be on devices of both kinds.
    record_.recovery =
        record_.recovery == StrategyName(kRecoveryAuto) && !chosen_ ? name
        : record_.recovery == name                                  ? name
                                   : StrategyName(kRecoveryAuto);
    chosen_ = true;
    return strategy_ = chosen;
  }
  // What can be said of device-dax was (described_file.h).
  if (by_device &&
      (strategy_ == Strategy::kWrite || strategy_ == Strategy::kFlag))
    throw Error({.thing = "recovery=" + record_.recovery + " of " +
                          std::string(file->file_name),
                 .cause = "cannot make poison of CXL memory good, because a "
                          "write leaves it on the device's list",
                 .way_out = "set recovery=clear, or auto"});
  return strategy_;
}

std::unique_ptr<WatchedMedia> Job::MediaOf(const thread_data* td,
                                           const fio_file* file,
                                           const DaxFile& dax,
                                           Strategy strategy) {
  std::shared_ptr<SharedDeviceList> list;
  if ((dax.dax || dax.raw) && dax.device)
    list = disks_[dax.device->badblocks_path()].list;
  if (dax.device_dax())
    return std::make_unique<DeviceDaxMedia>(
        DeviceDaxMedia::Options{.fd = file->fd,
                                .described = dax,
                                .list = std::move(list),
                                .clearing = FirmwareClearingOf(*dax.device),
                                .backup = backup_});
  if (dax.raw && list)
    throw Error({.thing = "recovery=" + record_.recovery + " of " + dax.path,
                 .cause = "wants a file, because poison of CXL memory is in "
                          "lines, and a block device gives sectors",
                 .way_out = "name a file on it, or set recovery=none"});
  FileMedia::Options media = {.path = file->file_name,
                              .fd = file->fd,
                              .described = dax,
                              .descriptor = &descriptor_,
                              .backup = backup_,
                              .sync_flags = SyncFlags(td),
                              .read_device = salvage_ == SalvageUnit::kSector,
                              .recovery_flag = recovery_flag_,
                              .list = std::move(list)};
  if (strategy == Strategy::kClear) media.clearing = FirmwareClearingOf;
  return std::make_unique<FileMedia>(std::move(media));
}

Job::File& Job::Open(thread_data* td, const fio_file* file,
                     const DaxFile& dax) {
  const bool by_device =
      dax.device_dax() || ((dax.dax || dax.raw) && dax.device &&
                           disks_[dax.device->badblocks_path()].list);
  by_device_ = by_device_ || by_device;
  const Strategy strategy = StrategyFor(file, by_device);
  // The only path that is recorded while a recovery is timed.
  if (strategy == Strategy::kClear || strategy == Strategy::kPunch)
    record_.path(Path::kWindow).Reserve();
  if (!memory_) memory_ = std::make_shared<SalvageMemory>();
  std::unique_ptr<File>& made = files_[file];
  made = std::make_unique<File>(
      file, MediaOf(td, file, dax, strategy), clock_,
      Recovery::Setup{
          .repair = strategy == Strategy::kNone ? Strategy::kWrite : strategy,
          .salvage = salvage_,
          .window =
              [this](uint64_t ticks) {
                MarkProfile<ProfileMark::kRecordWindow>();
                RecordPart(Path::kWindow, ticks);
              },
          .memory = memory_});
  return *made;
}

void Job::AskForFlag(const fio_file* file) {
  const bool asks =
      strategy_ == Strategy::kFlag || (rwf_flags_ & recovery_flag_) != 0;
  if (!asks || !record_.flag_probe.empty()) return;
  try {
    record_.flag_probe =
        FlagSupportName(ProbeFlag(recovery_flag_, file->file_name).support);
  } catch (const Error&) {
    // Where no scratch file can be written the record says that nobody asked.
  }
}

void Job::Tell(const File& file, const Outcome& outcome) {
  const std::string text =
      "recovery=" + record_.recovery + " of " + file.media->file().path +
      " failed: " +
      FailureText(outcome.failed, outcome.error, file.media->clearing_reason());
  TellOnce(text);
}

void Job::TellOnce(const std::string& text) {
  if (state_->FirstToTell(text)) log_err("daxmend: %s\n", text.c_str());
}

Job::File* Job::Find(const fio_file* file) {
  const auto at = files_.find(file);
  return at != files_.end() ? at->second.get() : nullptr;
}

void Job::AddPoisoned(const std::vector<FileRange>& poison, File* file) {
  // Of a block device the other sectors of their pages can be accessed.
  const uint64_t whole = file->media->file().raw ? kSectorBytes : kPageBytes;
  for (FileRange bad : poison)
    file->poisoned_pages.push_back(AlignOut(bad, whole));
  file->poisoned_pages = Normalize(std::move(file->poisoned_pages));
}

void Job::RefreshPoison(File* file) {
  Layout layout;
  Disk* const disk = file->disk;
  // A job of a thousand files asks once. Each job does: what was injected just
  // before it started need not have been announced yet.
  if (disk && !disk->clean) disk->clean = !file->media->AnyListed();
  if (!disk || disk->clean) {
    file->poisoned_pages.clear();
    file->hidden.clear();
  } else if (file->media->LocateListed({0, UINT64_MAX & ~(kPageBytes - 1)},
                                       &layout, &file->hidden) == 0) {
    file->poisoned_pages.clear();
    AddPoisoned(layout.poison, file);
  }
  // Emulated media does not complain about a page that is mapped already.
  if (way_ == Way::kMapping && !file->media->KnowsByDevice())
    for (const auto* pages : {&file->poisoned_pages, &file->hidden})
      for (FileRange bad : *pages) mappings_.at(file->id)->Forget(bad);
  if (!met_poison_ && file->poisoned()) {
    met_poison_ = true;
    MakeRecoveryPaths();
    memory_->Touch();
  }
  if (!met_poison_)
    file->media->Rest();
  else if (file->poisoned())
    file->media->Wake();
}

void Job::RefreshPoison() {
  // Cleared before looking: what changes from here on sets it again.
  detours_.fetch_and(~kListChanged);
  for (auto& [list, disk] : disks_) disk.clean = false;
  for (const auto& [id, file] : files_) RefreshPoison(file.get());
  PoisonKnown();
}

void Job::PoisonKnown() {
  const bool poison =
      met_poison_ &&
      std::any_of(files_.begin(), files_.end(),
                  [](const auto& file) { return file.second->poisoned(); });
  if (poison)
    detours_.fetch_or(kPoison);
  else
    detours_.fetch_and(~kPoison);
}

bool Job::Touches(const std::vector<FileRange>& pages, FileRange range) {
  auto at = std::partition_point(
      pages.begin(), pages.end(),
      [&](FileRange bad) { return bad.end <= range.begin; });
  return at != pages.end() && at->begin < range.end;
}

bool Job::MeetsPoison(File* file, FileRange range) {
  if (Touches(file->poisoned_pages, range)) return true;
  if (!Touches(file->hidden, range)) return false;
  // Asking where the pages are and reading the list costs what a hundred writes
  // cost, so their neighbours are looked at, too.
  const FileRange pages = AlignOut(range, kLookedAtOnce);
  Layout layout;
  if (file->media->Locate(pages, &layout) != 0) return false;
  AddPoisoned(layout.poison, file);
  // Known until the list or, with recovery=punch, the file's places change:
  // both look anew.
  std::vector<FileRange> left;
  for (FileRange unknown : file->hidden)
    for (FileRange part : Subtract(unknown, {pages})) left.push_back(part);
  file->hidden = std::move(left);
  return Touches(file->poisoned_pages, range);
}

fio_q_status Job::FinishShort(thread_data* td, io_u* io, uint64_t begun,
                              ssize_t n) {
  if (way_ == Way::kMapping) return FinishShortMapped(td, io, begun, n);
  MarkProfile<ProfileMark::kDetectEnds>();
  const uint64_t detect_ticks = clock_->Now() - begun;
  const bool write = io->ddir == DDIR_WRITE;
  const bool poison = n < 0 && IsPoisonError(static_cast<int>(-n)) &&
                      (n != -EFAULT || write || TakesBytes(Buffer(io)));
  // What stops short may have stopped at poison: a read does in front of an
  // extent that has some, if not the first (dax_iomap_rw, fs/dax.c, Linux 6.1).
  File* file = poison || n >= 0 ? Find(io->file) : nullptr;
  if (file) {
    const bool unlisted =
        !write && n != -EIO &&
        !Touches(file->poisoned_pages,
                 FileRange::OfLength(io->offset, io->xfer_buflen));
    const Outcome outcome =
        write ? file->recovery.Write(io->offset, Buffer(io), n)
              : file->recovery.Read(io->offset, Buffer(io), n);
    if (poison || outcome.met_poison)
      return CompleteRecovery(td, io, begun, *file, outcome, detect_ticks,
                              unlisted);
    n = outcome.result;
  } else if (poison) {
    MarkProfile<ProfileMark::kRecordDetect>();
    RecordPart(Path::kDetect, detect_ticks);
  }
  if (n >= 0) {
    MarkProfile<ProfileMark::kIoEnds>();
    RecordFast(begun, clock_->Now(), static_cast<uint64_t>(n));
  } else {
    MarkProfile<ProfileMark::kFailed>();
    ++record_.counters.failed_ios;
  }
  return Complete(td, io, n);
}

fio_q_status Job::WriteOverPoison(thread_data* td, io_u* io, uint64_t begun,
                                  File* file) {
  const Outcome outcome = file->recovery.Overwrite(io->offset, Buffer(io));
  if (!outcome.met_poison && outcome.result >= 0) {
    // Somebody else has punched it away meanwhile, which no list tells.
    detours_.fetch_or(kListChanged);
    MarkProfile<ProfileMark::kIoEnds>();
    RecordFast(begun, clock_->Now(), static_cast<uint64_t>(outcome.result));
    return Complete(td, io, outcome.result);
  }
  return CompleteRecovery(td, io, begun, *file, outcome, outcome.detect_ticks);
}

fio_q_status Job::AroundPoison(thread_data* td, io_u* io, uint64_t begun,
                               File* file) {
  // That it is on the list is all there is to detect.
  MarkProfile<ProfileMark::kDetectEnds>();
  const uint64_t detect_ticks = clock_->Now() - begun;
  const Outcome outcome =
      io->ddir == DDIR_WRITE
          ? file->recovery.Write(io->offset, Buffer(io), -EIO)
          : file->recovery.Read(io->offset, Buffer(io), -EIO);
  if (outcome.met_poison || outcome.result < 0)
    return CompleteRecovery(td, io, begun, *file, outcome, detect_ticks);
  // Somebody else has cleared it meanwhile.
  detours_.fetch_or(kListChanged);
  MarkProfile<ProfileMark::kIoEnds>();
  RecordFast(begun, clock_->Now(), static_cast<uint64_t>(outcome.result));
  return Complete(td, io, outcome.result);
}

fio_q_status Job::CompleteRecovery(thread_data* td, io_u* io, uint64_t begun,
                                   const File& file, const Outcome& outcome,
                                   uint64_t detect_ticks, bool unlisted) {
  MarkProfile<ProfileMark::kIoEnds>();
  const uint64_t ended = clock_->Now();
  if (outcome.failed != Step::kNone) Tell(file, outcome);
  met_poison_ = true;
  Counters& counters = record_.counters;
  // The file's places have changed, though the list of bad ones has not.
  if (strategy_ == Strategy::kPunch) detours_.fetch_or(kListChanged);
  counters.salvaged_sectors += outcome.salvaged_sectors;
  counters.backup_sectors += outcome.backup_sectors;
  counters.lost_sectors += outcome.lost_sectors;
  counters.saved_bytes += outcome.saved_bytes;
  counters.lost_bytes += outcome.lost_bytes;
  if (detect_ticks) {
    MarkProfile<ProfileMark::kRecordDetect>();
    RecordPart(Path::kDetect, detect_ticks);
  }
  counters.unlisted_ios +=
      unlisted && (outcome.met_poison || outcome.failed == Step::kUnreachable);
  counters.unreachable_ios += outcome.failed == Step::kUnreachable;
  if (file.disk) {
    file.disk->share.lost_sectors += outcome.lost_sectors;
    ++(outcome.result < 0 ? file.disk->share.failed_ios
                          : file.disk->share.recovered_ios);
  }
  if (outcome.result < 0) {
    MarkProfile<ProfileMark::kFailed>();
    ++counters.failed_ios;
  } else {
    ++counters.recovered_ios;
    if (outcome.met_poison) {
      if (outcome.salvage_ticks) {
        MarkProfile<ProfileMark::kRecordSalvage>();
        RecordPart(Path::kSalvage, outcome.salvage_ticks);
      }
      MarkProfile<ProfileMark::kRecordRepair>();
      RecordPart(Path::kRepair, outcome.repair_ticks);
    }
    MarkProfile<ProfileMark::kRecordRecovery>();
    RecordPart(Path::kRecovery, ended - begun);
    timeline_.RecordRecovered(ended, static_cast<uint64_t>(outcome.result));
  }
  return Complete(td, io, outcome.result);
}

}  // namespace daxmend
