// SPDX-License-Identifier: GPL-2.0-only

#include "inject/plant_in.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/error.h"
#include "core/file_io.h"
#include "inject/nvdimm_namespace.h"
#include "inject/privilege.h"
#include "inject/undo.h"

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

PlanRequest PlanOf(const PlantRequest& request, const Target& target) {
  PlanRequest plan = request.plan;
  if (request.plan_text)
    plan.ranges =
        target.is_device()
            ? ReadDevicePlan(*request.plan_text, request.plan_source,
                             target.device())
            : ReadPlan(*request.plan_text, request.plan_source, target.name());
  else if (target.is_device() && !plan.length && !plan.count)
    throw Error(request.target +
                " is a device: say how much of it with --length, --count or "
                "--plan");
  return plan;
}

}  // namespace

PlantResult PlantIn(const PlantRequest& request, Journal& journal,
                    PlantOptions options) {
  RequireAdmin("planting poison");
  const Target target(request.target, request.safety);
  // A record that cannot be read must not be found out after planting.
  if (request.record && access(request.record->c_str(), F_OK) == 0)
    InjectionRecordFromJson(ReadFile(*request.record), *request.record);

  auto ndns = NvdimmNamespace::OfDisk(target.device().disk);
  ndns->RequireInjection();
  const std::vector<FileRange> plan =
      PlanPoison(PlanOf(request, target), request.target, target.size());
  const std::vector<PoisonedRange> located =
      target.Locate(plan, ndns->media(), options.progress);

  options.still_there = [&] { target.RequireUnmoved(located); };
  if (request.record)
    options.record = [&](const Injection& injection) {
      AppendRecord(*request.record, injection);
    };
  BlockDiskSectors disk(ndns->disk());
  std::optional<JournalLock> lock;
  if (!options.dry_run) {
    lock.emplace(journal);
    if (lock->TryAlone(std::chrono::milliseconds(0))) {
      journal.Sweep();
      ForgetRepaired(journal, ndns->uuid(), *ndns, disk);
    }
    lock->Share();
  }
  return PlantLocated(located,
                      JournalEntry{.id = "",
                                   .injector = std::string(ndns->name()),
                                   .disk = ndns->disk(),
                                   .namespace_uuid = ndns->uuid(),
                                   .file = target.name(),
                                   .sectors = {},
                                   .content = ""},
                      *ndns, disk, journal, options);
}

}  // namespace daxmend
