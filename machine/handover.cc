// SPDX-License-Identifier: GPL-2.0-only

#include "machine/handover.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/process.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// A directory that goes away with everything in it.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const fs::path& beside) {
    path_ = beside.string() + ".XXXXXX";
    if (!mkdtemp(path_.data()))
      throw ErrnoError("make a directory beside " + beside.string(), errno);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// tar(1) on the tar in `disk`, which it reads from its beginning. It refuses to
// leave the directory it unpacks into.
ProcessResult Tar(int disk, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"tar", "--no-same-owner"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  lseek(disk, 0, SEEK_SET);
  // Its own words would be more than the one line an error is.
  const FileDescriptor null = FileDescriptor::Open("/dev/null", O_WRONLY);
  return Capture(command, {.input = disk, .errors = null.get()});
}

}  // namespace

std::optional<int> HandedOverStatus(int disk) {
  const ProcessResult result = Tar(disk, {"-xO", "-f", "-", "status"});
  int status = 0;
  const char* begin = result.output.data();
  const char* end = begin + result.output.size();
  if (result.status != 0 ||
      std::from_chars(begin, end, status).ec != std::errc())
    return std::nullopt;
  return status;
}

void UnpackHandedOver(int disk, const std::string& out) {
  try {
    fs::path target = fs::absolute(out).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    if (fs::exists(target)) target = fs::canonical(target);
    fs::create_directories(target.parent_path());
    const ScratchDirectory scratch(target);
    const ProcessResult result =
        Tar(disk, {"-x", "-f", "-", "-C", scratch.path(), "out"});
    if (result.status != 0)
      throw Error({.thing = "tar",
                   .cause = "cannot unpack it there",
                   .way_out = "check the disk's free space"});
    fs::create_directories(target);
    for (const auto& entry : fs::directory_iterator(scratch.path() + "/out")) {
      const fs::path to = target / entry.path().filename();
      // A directory cannot be renamed over what is there.
      if (fs::is_directory(fs::symlink_status(to)) || entry.is_directory())
        fs::remove_all(to);
      fs::rename(entry.path(), to);
    }
  } catch (const std::exception& e) {
    throw Error(
        {.thing = "the guest's /out",
         .cause = fmt::format("could not be copied to {}: {}", out, e.what())});
  }
}

}  // namespace daxmend
