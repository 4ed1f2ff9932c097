// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/run_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"
#include "core/injection_record.h"

namespace daxmend {
namespace {

// A run.json of a hundred jobs takes about this much.
constexpr off_t kUsualBytes = 1 << 20;

std::string DirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

Error PathLogError(const std::string& path, int error,
                   const std::string& way_out) {
  return Error(ErrnoError("path_log=" + path, error).what() + (": " + way_out));
}

}  // namespace

void CheckPathLog(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  struct stat st;
  if (stat(directory.c_str(), &st) != 0)
    throw PathLogError(path, errno, "create the directory " + directory);
  if (stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode))
    throw Error("path_log=" + path +
                " is not a regular file: name a file to be written");
  std::string probe = path + ".XXXXXX";
  FileDescriptor fd(mkostemp(probe.data(), O_CLOEXEC));
  if (!fd)
    throw PathLogError(path, errno, "choose a directory that can be written");
  unlink(probe.c_str());
  if (const int error = posix_fallocate(fd.get(), 0, kUsualBytes); error != 0)
    throw PathLogError(path, error, "make room on that disk");
}

void AddToLog(const std::string& path, RunState* state,
              const Environment& environment, const PoisonRecord& poison,
              JobRecord job) {
  FileDescriptor directory =
      FileDescriptor::Open(DirectoryOf(path), O_RDONLY | O_DIRECTORY);
  while (flock(directory.get(), LOCK_EX) != 0)
    if (errno != EINTR)
      throw ErrnoError("lock the directory of " + path, errno);
  RunRecord record;
  if (state->Begun(path)) record = RunRecordFromJson(ReadFile(path), path);
  record.environment = environment;
  record.start_ns = state->first_io_ns();
  record.poison = poison;
  record.AddJob(std::move(job));
  ReplaceFile(path, ToJson(record));
  state->SetBegun(path);
}

PoisonRecord PlantedBeside(const std::string& path) {
  const std::string beside = DirectoryOf(path) + "/inject.json";
  PoisonRecord poison;
  if (access(beside.c_str(), F_OK) != 0) return poison;
  const InjectionRecord record =
      InjectionRecordFromJson(ReadFile(beside), beside);
  poison.planted_sectors = record.PlantedSectors();
  poison.planted_pages = record.PlantedPages();
  return poison;
}

}  // namespace daxmend
