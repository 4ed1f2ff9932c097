// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/run_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "records/earlier_results.h"
#include "records/injection_record.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// A run.json of a hundred jobs takes about this much.
constexpr off_t kUsualBytes = 1 << 20;

std::string DirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

}  // namespace

void CheckPathLog(const std::string& path) {
  const std::string option = "path_log=" + path;
  const std::string directory = DirectoryOf(path);
  std::error_code made;
  std::filesystem::create_directories(directory, made);
  struct stat st;
  if (stat(directory.c_str(), &st) != 0)
    throw ErrnoError(option, made ? made.value() : errno,
                     "create the directory " + directory);
  if (stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode))
    throw Error({.thing = option,
                 .cause = "is not a regular file",
                 .way_out = "name a file to be written"});
  std::string probe = path + ".XXXXXX";
  FileDescriptor fd(mkostemp(probe.data(), O_CLOEXEC));
  if (!fd) throw ErrnoError(option, errno, "choose a writable directory");
  unlink(probe.c_str());
  if (const int error = posix_fallocate(fd.get(), 0, kUsualBytes); error != 0)
    throw ErrnoError(option, error, "make room on that disk");
}

FileDescriptor LockDirectoryOf(const std::string& path) {
  FileDescriptor directory =
      FileDescriptor::Open(DirectoryOf(path), O_RDONLY | O_DIRECTORY);
  while (flock(directory.get(), LOCK_EX) != 0)
    if (errno != EINTR)
      throw ErrnoError("lock the directory of " + path, errno);
  return directory;
}

namespace {

// fio opens (and empties) the file of --output= before it loads the engine; a
// shell does so with what it redirects.
bool IsOpenForOutput(const std::string& path) {
  struct stat st, open;
  if (stat(path.c_str(), &st) != 0) return false;
  if (st.st_size == 0) return true;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
    const bool found = stat(fd.path().c_str(), &open) == 0 &&
                       open.st_dev == st.st_dev && open.st_ino == st.st_ino;
    if (found) return true;
  }
  return false;
}

std::array<uint64_t, 5> FileNow(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return {};
  return {st.st_dev, st.st_ino, static_cast<uint64_t>(st.st_size),
          static_cast<uint64_t>(st.st_mtim.tv_sec),
          static_cast<uint64_t>(st.st_mtim.tv_nsec)};
}

}  // namespace

void RefuseOtherOptions(const RunRecord& record, const JobRecord& job,
                        const std::string& path) {
  for (const JobRecord& there : record.jobs)
    if (there.name == job.name && there.options != job.options)
      throw Error({.thing = "path_log=" + path + ": job " + job.name,
                   .cause = "stands for two sections with different options",
                   .way_out = "give each a name of its own"});
}

void CountMachineErrors(const RunState& state, PoisonRecord* poison) {
  const MachineErrors errors = state.NewMachineErrors();
  poison->machine_checks = errors.checks;
  poison->taken_pages = errors.pages;
}

void BeginLog(const std::string& path, RunState* state) {
  if (!state->FirstUse(path)) return;
  const FileDescriptor lock = LockDirectoryOf(path);
  SetAside(path);
  if (std::filesystem::path(path).filename() != "run.json") return;
  for (const char* name : {"/fio.json", "/report.html", "/origin.json",
                           "/profile.json", "/profile.folded"})
    if (const std::string beside = DirectoryOf(path) + name;
        !IsOpenForOutput(beside))
      SetAside(beside);
}

void KeepCertain(const std::optional<ClockCheck>& earlier,
                 std::optional<ClockCheck>* now) {
  if (*now && (*now)->verdict == ClockVerdict::kUnknown && earlier)
    *now = earlier;
}

void AddToLog(const std::string& path, RunState* state, const RunRecord& some,
              KnownLog* known) {
  const FileDescriptor lock = LockDirectoryOf(path);
  RunRecord record;
  if (state->Begun(path)) {
    const std::array<uint64_t, 5> none = {};
    if (known && known->file != none && known->file == FileNow(path))
      record = std::move(known->record);
    else
      record = RunRecordFromJson(ReadFile(path), path);
  }
  // Until it is written, what is known is not what is there.
  if (known) known->file = {};
  for (const JobRecord& job : some.jobs) RefuseOtherOptions(record, job, path);
  const std::optional<ClockCheck> earlier = record.environment.clock_check;
  record.environment = some.environment;
  KeepCertain(earlier, &record.environment.clock_check);
  record.start_ns = state->first_io_ns();
  record.poison = some.poison;
  CountMachineErrors(*state, &record.poison);
  for (const JobRecord& job : some.jobs) record.AddJob(job);
  ReplaceFile(path, ToJson(record));
  state->SetBegun(path);
  if (!known) return;
  known->record = std::move(record);
  known->file = FileNow(path);
}

void AddUnfinished(const std::string& path, const RunState& state,
                   const std::vector<std::string>& jobs) {
  const FileDescriptor lock = LockDirectoryOf(path);
  if (!state.Begun(path)) return;
  RunRecord record = RunRecordFromJson(ReadFile(path), path);
  std::set<std::string> names(record.unfinished.begin(),
                              record.unfinished.end());
  names.insert(jobs.begin(), jobs.end());
  record.unfinished.assign(names.begin(), names.end());
  CountMachineErrors(state, &record.poison);
  ReplaceFile(path, ToJson(record));
}

PoisonRecord InjectedBeside(const std::string& path) {
  const std::string beside = DirectoryOf(path) + "/inject.json";
  PoisonRecord poison;
  if (access(beside.c_str(), F_OK) != 0) return poison;
  const InjectionRecord record =
      InjectionRecordFromJson(ReadFile(beside), beside);
  poison.planted_sectors = record.InjectedSectors();
  poison.planted_pages = record.InjectedPages();
  return poison;
}

}  // namespace daxmend
