// SPDX-License-Identifier: GPL-2.0-only
//
// One job: a process or thread in which fio runs this engine, its files, and
// what is measured in it.
//
// What an I/O costs when nothing is wrong is the product, so Queue() is kept
// lean: one system call or copy between two readings of the cycle counter, and
// a handful of counters. Everything out of the ordinary is announced by one
// word, detours_, which Queue() looks at once.
//
// For the thread that made it. Only detours_ is shared, with the thread that
// watches the list of bad sectors.

#ifndef DAXMEND_IOENGINE_JOB_H_
#define DAXMEND_IOENGINE_JOB_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "copy/mapped_file.h"
#include "core/profile_mark.h"
#include "core/range.h"
#include "device/shared_list.h"
#include "ioengine/fio.h"
#include "ioengine/options.h"
#include "ioengine/raw_io.h"
#include "ioengine/run_state.h"
#include "ioengine/shared_log.h"
#include "ioengine/tick_clock.h"
#include "ioengine/tick_timeline.h"
#include "records/run_record.h"
#include "recovery/media_files.h"
#include "recovery/recovery.h"
#include "recovery/watched_media.h"
#include "system/badblocks_watch.h"
#include "system/dax_file.h"

namespace daxmend {

class Job {
 public:
  // `state` and `clock` must outlive the job. Throws Error.
  Job(thread_data* td, RunState* state, TickClock* clock);
  ~Job();  // tells the run that this worker has ended
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // A file was opened, which is `dax`, or is about to be closed. Throws Error.
  void Opened(thread_data* td, fio_file* file, const DaxFile& dax);
  void Closing(fio_file* file);

  // Does the I/O. Inlined into fio's hook, which would pass its arguments on in
  // other registers: four instructions of each I/O.
  [[gnu::always_inline]] fio_q_status Queue(thread_data* td, io_u* io) {
    if ((detours_.load(std::memory_order_relaxed) != 0) |
        (io->ddir > DDIR_WRITE)) [[unlikely]]
      return QueueDetour(td, io);
    MarkProfile<ProfileMark::kIoBegins>();
    const uint64_t begun = TickClock::Cycles();
    const ssize_t n = Plain(io);
    if (n != static_cast<ssize_t>(io->xfer_buflen)) [[unlikely]]
      return FinishShort(td, io, begun, n);
    MarkProfile<ProfileMark::kIoEnds>();
    RecordFast(begun, TickClock::Cycles(), io->xfer_buflen);
    return FIO_Q_COMPLETED;
  }

  // Closes the record: merges it into path_log and leaves it for the summary. A
  // job that did no I/O leaves nothing.
  // Throws Error when the log cannot be written.
  void Finish();

 private:
  // Why an I/O does not take the short way.
  enum Detour : uint32_t {
    kFirstIo = 1 << 0,      // nothing was recorded yet
    kOtherClock = 1 << 1,   // the cycle counter cannot be trusted
    kPoison = 1 << 2,       // an open file holds poison
    kListChanged = 1 << 3,  // the list of bad sectors did
  };

  // How bytes move.
  enum class Way : uint32_t { kCalls, kCallsWithFlags, kMapping };

  struct Disk {
    BlockDevice device;
    // No list says what is bad: sector mode, or one that only root is shown.
    bool unlisted = false;
    std::unique_ptr<BadblocksSubscription> watch;
    // Of a device that lists its poison itself.
    std::shared_ptr<SharedDeviceList> list;
    std::unique_ptr<SharedDeviceList::Subscription> device_watch;
    DeviceShare share = {};  // of the job's recoveries
    // Nothing is on its list, unless a watch has said something since.
    bool clean = false;
  };

  struct File {
    const fio_file* id;
    Disk* disk = nullptr;  // null without poison
    const std::unique_ptr<WatchedMedia> media;
    Recovery recovery;
    // When the list was last read: pages of which a sector was listed (of a
    // block device the sectors), and those about which it shows nothing,
    // because it is too long, and that nobody has looked at since.
    std::vector<FileRange> poisoned_pages, hidden;
    bool poisoned() const { return !poisoned_pages.empty() || !hidden.empty(); }
    File(const fio_file* id, std::unique_ptr<WatchedMedia> of,
         const TickClock* clock, Recovery::Setup setup)
        : id(id),
          media(std::move(of)),
          recovery(
              media.get(), [clock] { return clock->Now(); }, std::move(setup)) {
    }
  };

  ssize_t Plain(io_u* io) {
    if (way_ != Way::kCalls) return PlainOtherwise(io);
    const int fd = io->file->fd;
    return io->ddir == DDIR_READ
               ? RawRead(fd, io->xfer_buf, io->xfer_buflen, io->offset)
               : RawWrite(fd, io->xfer_buf, io->xfer_buflen, io->offset);
  }
  ssize_t PlainOtherwise(io_u* io) {
    if (way_ == Way::kMapping) {
      if (io->file != mapped_.file) [[unlikely]]
        mapped_ = {io->file,
                   *static_cast<MappedFile*>(FILE_ENG_DATA(io->file))};
      const ssize_t n =
          io->ddir == DDIR_READ
              ? mapped_.bytes.Read(io->offset, io->xfer_buf, io->xfer_buflen)
              : mapped_.bytes.Write(io->offset, io->xfer_buf, io->xfer_buflen);
      TickClock::AwaitCopy();
      return n;
    }
    const int fd = io->file->fd;
    return io->ddir == DDIR_READ
               ? RawReadFlags(fd, io->xfer_buf, io->xfer_buflen, io->offset,
                              rwf_flags_)
               : RawWriteFlags(fd, io->xfer_buf, io->xfer_buflen, io->offset,
                               rwf_flags_);
  }

  // No latency yet, and room for those that are kept.
  void EmptyPaths();
  // Makes those of the other paths, so that no recovery has to.
  void MakeRecoveryPaths();
  // A part of an I/O, or a recovery as a whole.
  void RecordPart(Path path, uint64_t ticks) {
    record_.path(path).Record(clock_->ToNanoseconds(ticks));
  }
  // Both in ticks of the clock.
  void RecordFast(uint64_t begun, uint64_t ended, uint64_t bytes) {
    MarkProfile<ProfileMark::kRecordFast>();
    fast_.Record(clock_->ToNanoseconds(ended - begun));
    timeline_.Record(ended, bytes);
  }

  fio_q_status QueueDetour(thread_data* td, io_u* io);
  // A transfer that was not whole: short, failed, or over poison.
  fio_q_status FinishShort(thread_data* td, io_u* io, uint64_t begun,
                           ssize_t n);
  // The same of a mapped one. SIGBUS has other causes than poison.
  fio_q_status FinishShortMapped(thread_data* td, io_u* io, uint64_t begun,
                                 ssize_t n);
  // Is there poison in `page`, which a mapped I/O could not access?
  bool IsPoison(const fio_file* id, File* file, FileRange page,
                bool kernel_says_so);
  // What a mapped I/O gives that stopped at `page` without any: bytes, or
  // -errno.
  ssize_t WithoutPoison(thread_data* td, io_u* io, FileRange page,
                        uint64_t size);
  // A write to pages that are known to be poisoned.
  fio_q_status WriteOverPoison(thread_data* td, io_u* io, uint64_t begun,
                               File* file);
  // An I/O to poison that no I/O fails by, because only the device lists it.
  fio_q_status AroundPoison(thread_data* td, io_u* io, uint64_t begun,
                            File* file);
  fio_q_status Complete(thread_data* td, io_u* io, ssize_t n);
  fio_q_status CompleteRecovery(thread_data* td, io_u* io, uint64_t begun,
                                const File& file, const Outcome& outcome,
                                uint64_t detect_ticks, bool unlisted = false);
  // Says why a recovery failed, each reason once in a run.
  void Tell(const File& file, const Outcome& outcome);
  void TellOnce(const std::string& text);
  void Begin(thread_data* td);
  // Asks what the kernel makes of the recovery flag, if the job passes it.
  void AskForFlag(const fio_file* file);
  // What recovery= stands for where the device lists its poison itself (or the
  // kernel does). Throws Error for what cannot work there.
  Strategy StrategyFor(const fio_file* file, bool by_device);
  // Null with recovery=none.
  File* Find(const fio_file* file);
  File& Open(thread_data* td, const fio_file* file, const DaxFile& dax);
  // Where is poison now: in one file, in all of them.
  void RefreshPoison(File* file);
  // What an I/O meets that touches `poison`, beside what is known.
  static void AddPoisoned(const std::vector<FileRange>& poison, File* file);
  void RefreshPoison();
  // Says whether there is some, and gives back what only poison needs.
  void PoisonKnown();
  void Map(thread_data* td, fio_file* file, const DaxFile& dax);
  // Makes the media that recovery works on.
  std::unique_ptr<WatchedMedia> MediaOf(const thread_data* td,
                                        const fio_file* file,
                                        const DaxFile& dax, Strategy strategy);
  // Injects what userfault_poison= asks for. Throws Error.
  void PoisonMapping(const MappedFile& mapping);
  // Makes the pages of a recovered I/O accessible through the mapping again.
  void Remap(const io_u* io);
  static bool Touches(const std::vector<FileRange>& pages, FileRange range);
  // Does a write to `range` meet poison? Reads the media where the list does
  // not say.
  bool MeetsPoison(File* file, FileRange range);

  std::atomic<uint32_t> detours_{kFirstIo};
  const Way way_;
  const unsigned rwf_flags_;
  // The file of the last mapped I/O. Here, because a copy that has to wait for
  // its addresses out of three cache lines is later than one out of this.
  struct {
    const fio_file* file = nullptr;
    MappedBytes bytes;
  } mapped_;
  bool told_refused_ = false;  // that the kernel does not take them
  TickClock* const clock_;
  // Of the record, which it does not become a part of: Record() would need a
  // pointer more.
  LatencyHistogram fast_;
  JobRecord record_;
  TickTimeline timeline_;  // of the record

  const bool auto_;      // recovery=auto
  bool chosen_ = false;  // a file has said what that is
  Strategy strategy_;    // with that, the last file's
  const SalvageUnit salvage_;
  const unsigned recovery_flag_;
  const std::string backup_;
  const std::string path_log_;
  const unsigned userfault_poison_;           // pages
  bool poisoned_ = false;                     // they were
  std::vector<FileRange> userfault_pages_;    // that still are
  const fio_file* userfault_file_ = nullptr;  // whose
  RunState* const state_;
  std::optional<SharedLog> log_;  // of path_log
  const uint64_t worker_;         // of the state
  const uint64_t expected_ios_;
  std::string filesystem_;
  std::map<const fio_file*, std::unique_ptr<File>> files_;
  OneDescriptor descriptor_;               // theirs
  std::shared_ptr<SalvageMemory> memory_;  // theirs
  bool met_poison_ = false;                // in any of them, ever
  bool by_device_ = false;  // one of them knows its poison by the device
  // With access=mmap; fio's file points at its own (FILE_ENG_DATA).
  std::map<const fio_file*, std::unique_ptr<MappedFile>> mappings_;
  // By the path of their lists. Last, so that the watches stop before what they
  // tell is gone.
  std::map<std::string, Disk> disks_;
};

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_JOB_H_
