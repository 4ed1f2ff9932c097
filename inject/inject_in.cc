// SPDX-License-Identifier: GPL-2.0-only

#include "inject/inject_in.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "core/error.h"
#include "inject/methods/injectors.h"
#include "inject/privilege.h"
#include "inject/undo/undo.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Several injectors may append to one record.
void AppendRecord(const std::string& path, const Injection& injection) {
  const std::filesystem::path directory =
      std::filesystem::absolute(path).parent_path();
  FileDescriptor lock = FileDescriptor::Open(directory, O_RDONLY | O_DIRECTORY);
  if (flock(lock.get(), LOCK_EX) != 0)
    throw ErrnoError("lock " + directory.string(), errno);
  InjectionRecord record;
  if (access(path.c_str(), F_OK) == 0)
    record = InjectionRecordFromJson(ReadFile(path), path);
  record.injections.push_back(injection);
  ReplaceFile(path, ToJson(record));
}

PlanRequest PlanOf(const InjectRequest& request, const Target& target,
                   const DeviceUnits& units) {
  PlanRequest plan = request.plan;
  plan.unit = units.error_bytes;
  if (plan.span == 0) plan.span = plan.unit;
  if (request.plan_text)
    plan.ranges =
        target.is_device()
            ? ReadDevicePlan(*request.plan_text, request.plan_source,
                             target.part(units))
            : ReadPlan(*request.plan_text, request.plan_source, target.name());
  else if (target.is_device() && !plan.length && !plan.count)
    throw Error(
        {.thing = request.target,
         .cause = "is a device",
         .way_out = "say how much of it with --length, --count or --plan"});
  return plan;
}

// What is the same for every call that injects in one target.
class Injecter {
 public:
  Injecter(const InjectRequest& request, Journal& journal)
      : request_(request),
        journal_(journal),
        target_((RequireAdminFor(request.target, "injecting poison"),
                 request.target),
                request.safety),
        device_(target_.OpenDevice()),
        plan_(PlanOf(request, target_, device_->units())),
        media_(device_->OpenMedia(false)),
        files_(device_->disk()) {
    if (!target_.is_device()) files_.Add(target_.fd(), target_.name());
    media_->StoreBy(&files_);
    // A record that cannot be read must not be found out after injecting.
    if (request.record && access(request.record->c_str(), F_OK) == 0)
      InjectionRecordFromJson(ReadFile(*request.record), *request.record);
  }

  const PlanRequest& plan() const { return plan_; }

  // The file's times are noted before its extents are read: what is written
  // after the look is seen, even if it moves the file.
  InjectResult Inject(const PlanRequest& plan, InjectOptions options) {
    options.unlisting = unlisting();
    target_.NoteTimes();
    options.written = [&] { return target_.WrittenSince(); };
    const std::vector<PoisonedRange> located =
        target_.Locate(PlanPoison(plan, request_.target, target_.size()),
                       *device_, options.progress);
    // Asked for before the first sector and after the last: a file system that
    // moves the file meanwhile would have us poison somebody else's sectors.
    options.still_there = [&] { target_.RequireUnmoved(located); };
    if (request_.record)
      options.record = [&](const Injection& injection) {
        AppendRecord(*request_.record, injection);
      };
    const auto injector = InjectorToInject(*device_, request_.injector,
                                           target_.fd(), located, unlisting());
    // Once for all arrivals, and held until the last has come.
    if (!options.dry_run && !lock_) EnterJournal();
    return InjectLocated(located,
                         JournalEntry{.id = "",
                                      .injector = std::string(injector->name()),
                                      .disk = device_->disk(),
                                      .namespace_uuid = device_->uuid(),
                                      .file = target_.name(),
                                      .sectors = {},
                                      .content = ""},
                         *injector, *media_, journal_, options);
  }

 private:
  Unlisting* unlisting() { return UnlistingOf(*device_, files_); }

  // Tidies up where nobody else is at it, and keeps 'restore' out.
  void EnterJournal() {
    lock_.emplace(journal_);
    if (lock_->TryAlone(std::chrono::milliseconds(0))) {
      journal_.Sweep();
      ForgetRepaired(journal_, *device_, *media_);
    }
    lock_->Share();
  }

  const InjectRequest& request_;
  Journal& journal_;
  Target target_;
  std::unique_ptr<PoisonDevice> device_;
  PlanRequest plan_;
  std::unique_ptr<DeviceMedia> media_;
  FileUnlisting files_;
  std::optional<JournalLock> lock_;
};

}  // namespace

InjectResult InjectIn(const InjectRequest& request, Journal& journal,
                      InjectOptions options) {
  Injecter injecter(request, journal);
  return injecter.Inject(injecter.plan(), std::move(options));
}

InjectedOverTime InjectOverTime(const InjectRequest& request,
                                const std::vector<Arrival>& arrivals,
                                Journal& journal, InjectOptions options) {
  using std::chrono::steady_clock;
  Injecter injecter(request, journal);
  // Between arrivals, not within one: an arrival is there whole or not at all.
  const auto cancelled = std::exchange(options.cancelled, [] { return false; });
  options.wait = false;
  InjectedOverTime injected;
  injected.planned = arrivals.size();
  const auto begin = steady_clock::now();
  for (const Arrival& arrival : arrivals) {
    while (!cancelled() && steady_clock::now() < begin + arrival.at)
      std::this_thread::sleep_until(
          std::min(begin + arrival.at,
                   steady_clock::now() + std::chrono::milliseconds(50)));
    if (cancelled()) break;
    PlanRequest plan = injecter.plan();
    plan.count = 1;
    plan.seed = arrival.seed;
    const InjectResult result = injecter.Inject(plan, options);
    ++injected.arrivals;
    injected.already_bad += result.already_bad > 0;
    injected.repaired += result.repaired;
    injected.sectors += InjectionRecord{{result.injection}}.InjectedSectors();
    options.progress(
        fmt::format("arrival {} of {}", injected.arrivals, injected.planned));
  }
  return injected;
}

}  // namespace daxmend
