// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/job.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"
#include "inject/methods/userfault_poison.h"
#include "ioengine/job_io.h"
#include "ioengine/job_text.h"
#include "ioengine/profile_sender.h"
#include "ioengine/run_log.h"
#include "system/file_descriptor.h"
#include "system/process_tables.h"

namespace daxmend {
namespace {

std::string OrEmpty(const char* text) { return text ? text : ""; }

// How many I/Os the job will do, where its size says.
uint64_t ExpectedIos(const thread_data* td) {
  uint64_t least = UINT64_MAX;
  for (const auto bytes : td->o.min_bs)
    if (bytes > 0) least = std::min<uint64_t>(least, bytes);
  return td->o.time_based || td->o.timeout ? UINT64_MAX
                                           : td->total_io_size / least + 1;
}

// Threads come and go while others of their process watch the same list, or
// none does for a moment: it is watched until the process ends.
void KeepWatching(const std::string& list) {
  static auto& kept =
      *new std::map<std::string, std::unique_ptr<BadblocksSubscription>>;
  const ProcessTablesLock hold;
  std::unique_ptr<BadblocksSubscription>& place = kept[list];
  if (!place) place = std::make_unique<BadblocksSubscription>(list, [] {});
}

}  // namespace

Job::Job(thread_data* td, RunState* state, TickClock* clock)
    : way_(static_cast<Access>(OptionsOf(td).access) == Access::kMmap
               ? Way::kMapping
           : OptionsOf(td).rwf_flags_given ? Way::kCallsWithFlags
                                           : Way::kCalls),
      rwf_flags_(OptionsOf(td).rwf_flags),
      clock_(clock),
      timeline_(clock, &record_.timeline),
      auto_(OptionsOf(td).recovery == kRecoveryAuto),
      strategy_(auto_ ? Strategy::kWrite
                      : static_cast<Strategy>(OptionsOf(td).recovery)),
      salvage_(static_cast<SalvageUnit>(OptionsOf(td).salvage)),
      recovery_flag_(OptionsOf(td).recovery_flag),
      backup_(OrEmpty(OptionsOf(td).backup)),
      path_log_(OrEmpty(OptionsOf(td).path_log)),
      userfault_poison_(OptionsOf(td).userfault_poison),
      state_(state),
      worker_(state->Started(AsUtf8(OrEmpty(td->o.name)), path_log_)),
      expected_ios_(ExpectedIos(td)) {
  record_.name = AsUtf8(OrEmpty(td->o.name));
  record_.number = td->thread_number;
  record_.access = AccessName(OptionsOf(td).access);
  record_.recovery = StrategyName(OptionsOf(td).recovery);
  record_.rw = ddir_str(td->o.td_ddir);
  if (!path_log_.empty()) {
    record_.options = TextOfSection(td);
    log_.emplace(path_log_, state_);
  }
  EmptyPaths();
  clock_->Calibrate();
  if (!clock_->cycles()) detours_ |= kOtherClock;
}

void Job::EmptyPaths() {
  const bool recovers =
      record_.paths.made(static_cast<size_t>(Path::kRecovery));
  record_.paths = {};
  if (recovers) MakeRecoveryPaths();
  if (fast_.count() > 0) fast_ = {};
  fast_.Reserve(expected_ios_);
}

void Job::MakeRecoveryPaths() {
  for (const Path path : {Path::kDetect, Path::kSalvage, Path::kRepair,
                          Path::kWindow, Path::kRecovery})
    record_.path(path).Reserve();
}

Job::~Job() { state_->Ended(worker_); }

void Job::Opened(thread_data* td, fio_file* file, const DaxFile& dax) {
  filesystem_ = dax.filesystem;
  if (dax.device) {
    Disk& on = disks_[dax.device->badblocks_path()];
    on.device = *dax.device;
    if ((dax.dax || dax.raw) && !on.list)
      on.list = SharedDeviceList::Of(dax.device->disk);
    on.unlisted = dax.sector_mode || (dax.device_dax() && !on.list);
  }
  Closing(file);
  if (way_ == Way::kMapping) Map(td, file, dax);
  AskForFlag(file);
  if (strategy_ == Strategy::kNone) return;
  File& opened = Open(td, file, dax);
  if (!opened.media->file().device) {
    opened.media->Rest();
    return;
  }
  const std::string list = dax.device->badblocks_path();
  Disk& disk = disks_[list];
  opened.disk = &disk;
  // There is nothing to watch.
  if (disk.unlisted) {
    opened.media->Rest();
    return;
  }
  if (disk.list && !disk.device_watch)
    disk.device_watch = std::make_unique<SharedDeviceList::Subscription>(
        disk.list,
        [this] { detours_.fetch_or(kListChanged, std::memory_order_relaxed); });
  else if (!disk.list && !disk.watch) {
    if (td->o.use_thread) KeepWatching(list);
    disk.watch = std::make_unique<BadblocksSubscription>(list, [this] {
      detours_.fetch_or(kListChanged, std::memory_order_relaxed);
    });
  }
  RefreshPoison(&opened);
  PoisonKnown();
}

void Job::Closing(fio_file* file) {
  if (File* recovered = Find(file))
    record_.counters.left_sectors += recovered->recovery.LeftSectors();
  files_.erase(file);
  FILE_SET_ENG_DATA(file, nullptr);
  mapped_ = {};
  if (file == userfault_file_) userfault_pages_.clear();
  mappings_.erase(file);
}

void Job::Map(thread_data* td, fio_file* file, const DaxFile& dax) {
  // fio leaves it to writes to make a file longer; stores cannot.
  const uint64_t end = file->file_offset + file->io_size;
  struct stat st;
  if (td_write(td) && !dax.device_dax() && fstat(file->fd, &st) == 0 &&
      static_cast<uint64_t>(st.st_size) < end) {
    const int error = posix_fallocate(file->fd, 0, static_cast<off_t>(end));
    if (error != 0)
      throw ErrnoError(std::string("make room in ") + file->file_name, error,
                       "free some, or make size= smaller");
  }
  // userfaultfd wants a file that may be written, even to read it.
  FileDescriptor writable;
  if (userfault_poison_)
    writable =
        FileDescriptor::Open(fmt::format("/proc/self/fd/{}", file->fd), O_RDWR);
  auto& mapping = mappings_[file];
  mapping = std::make_unique<MappedFile>(
      MappedFile::Options{.fd = writable ? writable.get() : file->fd,
                          .path = file->file_name,
                          .dax = dax.dax,
                          .writable = td_write(td) != 0,
                          .sync = SyncFlags(td) != 0,
                          .size = dax.device_dax() ? dax.size : 0});
  FILE_SET_ENG_DATA(file, mapping.get());
  if (userfault_poison_ && !poisoned_) {
    PoisonMapping(*mapping);
    userfault_file_ = file;
  }
}

void Job::PoisonMapping(const MappedFile& mapping) {
  const std::span<std::byte> bytes = mapping.bytes();
  const uint64_t pages = bytes.size() / kPageBytes;
  if (userfault_poison_ > pages)
    throw Error(
        {.thing = fmt::format("userfault_poison={}", userfault_poison_),
         .cause = fmt::format("is more than the file's {} pages", pages),
         .way_out = "poison fewer"});
  for (uint64_t i = 0; i < userfault_poison_; ++i) {
    const uint64_t at = i * pages / userfault_poison_ * kPageBytes;
    PoisonMappedPages(bytes.subspan(at, kPageBytes));
    userfault_pages_.push_back(FileRange::OfLength(at, kPageBytes));
  }
  userfault_pages_ = Normalize(std::move(userfault_pages_));
  poisoned_ = true;
}

void Job::Begin(thread_data* td) {
  timeline_.Begin(clock_->Now());
  if (in_ramp_time(td)) return;
  detours_.fetch_and(~kFirstIo);
  if (td->o.ramp_time) {
    // What fio does at this point, too: the ramp is not part of the results.
    record_.counters = {};
    for (auto& [list, disk] : disks_) disk.share = {};
    EmptyPaths();
  }
  const uint64_t now = clock_->Reference();
  const uint64_t run = state_->FirstIo(now);
  record_.start_ns = now > run ? now - run : 0;
  ProfileJob(record_.number);
}

fio_q_status Job::QueueDetour(thread_data* td, io_u* io) {
  if (io->ddir > DDIR_WRITE) {  // a sync; or a trim, which fio counts as "rw"
    // Trims are refused when the job is set up; a replayed log may hold some.
    if (ddir_sync(io->ddir))
      do_io_u_sync(td, io);
    else
      io->error = EOPNOTSUPP;
    if (io->error) td_verror(td, static_cast<int>(io->error), "xfer");
    return FIO_Q_COMPLETED;
  }
  // The kernel has said that the list changed. Looked at before the clock is.
  if (detours_.load(std::memory_order_relaxed) & kListChanged) RefreshPoison();
  const uint32_t detours = detours_.load(std::memory_order_relaxed);
  if (detours & kFirstIo) Begin(td);
  MarkProfile<ProfileMark::kIoBegins>();
  const uint64_t begun = clock_->Now();
  // A write makes the kernel repair poison and says nothing; a store faults.
  // Where only the device knows of it, nothing ever fails.
  if ((detours & kPoison) &&
      (by_device_ || (io->ddir == DDIR_WRITE && way_ != Way::kMapping))) {
    File* file = Find(io->file);
    const bool by_device = file && file->media->KnowsByDevice();
    if (file &&
        (by_device || (io->ddir == DDIR_WRITE && way_ != Way::kMapping)) &&
        MeetsPoison(file, FileRange::OfLength(io->offset, io->xfer_buflen)))
      return by_device ? AroundPoison(td, io, begun, file)
                       : WriteOverPoison(td, io, begun, file);
  }
  const ssize_t n = Plain(io);
  if (n != static_cast<ssize_t>(io->xfer_buflen))
    return FinishShort(td, io, begun, n);
  MarkProfile<ProfileMark::kIoEnds>();
  RecordFast(begun, clock_->Now(), io->xfer_buflen);
  return FIO_Q_COMPLETED;
}

fio_q_status Job::Complete(thread_data* td, io_u* io, ssize_t n) {
  if (n >= 0) {
    io->resid = io->xfer_buflen - static_cast<uint64_t>(n);
    return FIO_Q_COMPLETED;
  }
  io->error = static_cast<unsigned>(-n);
  const bool refused = n == -EOPNOTSUPP || n == -EINVAL;
  if (refused && rwf_flags_ != 0 && !told_refused_) {
    told_refused_ = true;
    log_err("daxmend: job %s: the kernel refuses rwf_flags=0x%x on %s (%s)\n",
            td->o.name, rwf_flags_, io->file->file_name,
            strerror(static_cast<int>(io->error)));
  }
  io_u_log_error(td, io);
  td_verror(td, static_cast<int>(io->error), "xfer");
  return FIO_Q_COMPLETED;
}

void Job::Finish() {
  Counters& counters = record_.counters;
  counters.ios = fast_.count() +
                 std::as_const(record_).path(Path::kRecovery).count() +
                 counters.failed_ios;
  if (counters.ios == 0) {  // it was refused before its first I/O
    if (log_) log_->Done();
    return;
  }
  timeline_.Flush();
  // Who does not recover does not ask what failed for poison.
  if (disks_.size() > 1 && strategy_ != Strategy::kNone)
    for (auto& [list, disk] : disks_) {
      disk.share.device = disk.device.disk;
      AddShares({disk.share}, &record_.devices);
    }
  for (size_t i = 0; i < record_.timeline.used(); ++i)
    counters.bytes += record_.timeline.slot(i).bytes;

  PoisonRecord poison;
  std::string problem;
  try {
    if (!path_log_.empty()) poison = InjectedBeside(path_log_);
    for (const auto& [list, disk] : disks_) {
      if (disk.list) {
        // What was cleared is good when the device says so.
        disk.list->AskAgain();
        uint64_t generation = 0;
        std::vector<DeviceRange> bad;
        disk.list->Update(&generation, &bad);
        poison.unit_bytes = disk.list->unit_bytes();
        poison.remaining_sectors += TotalLength(bad) / poison.unit_bytes;
        poison.unlisted_disks += disk.list->Cut();
      } else if (disk.unlisted) {
        ++poison.unlisted_disks;
      } else {
        for (SectorRange bad : ReadBadblocks(disk.device))
          poison.remaining_sectors += bad.length();
      }
    }
  } catch (const Error& e) {
    problem = e.what();
  }
  // The summary gets its numbers whatever becomes of the log.
  state_->Leave(record_, fast_, path_log_, poison);
  if (!problem.empty()) throw Error(problem);
  if (!log_) return;
  Environment environment = state_->environment();
  environment.fio = fio_version_string;
  environment.filesystem = filesystem_;
  for (const auto& [list, disk] : disks_)
    if (disk.list) environment.memory = disk.list->memory();
  environment.clock_check = state_->CheckClock();
  log_->Add(environment, poison, std::move(record_), fast_);
  log_->Done();
}

}  // namespace daxmend
