// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/open_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <initializer_list>

#include "core/error.h"
#include "system/block_device.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// Calls `visit` with each process's directory in /proc until it returns false.
void EachProcess(const std::function<bool(const fs::path&)>& visit) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) &&
        !visit(entry.path()))
      return;
  }
}

bool IsPartOf(dev_t device, const std::string& disk) {
  try {
    return FindBlockDevice(device).disk == disk;
  } catch (const Error&) {
    return false;
  }
}

// Is one of the process's files, of these kinds ("fd", "map_files"), such?
bool Uses(const fs::path& process, std::initializer_list<const char*> kinds,
          const std::function<bool(const struct stat&)>& is_such) {
  std::error_code ignored;
  for (const char* kind : kinds)
    for (const auto& link : fs::directory_iterator(process / kind, ignored)) {
      struct stat st;
      if (stat(link.path().c_str(), &st) == 0 && is_such(st)) return true;
    }
  return false;
}

bool HasOpen(const fs::path& process, const std::string& disk) {
  return Uses(process, {"fd"}, [&](const struct stat& st) {
    return S_ISBLK(st.st_mode) && IsPartOf(st.st_rdev, disk);
  });
}

// The same of a character device, which is used by who has mapped it, too.
bool UsesCharacters(const fs::path& process, dev_t number) {
  return Uses(process, {"fd", "map_files"}, [&](const struct stat& st) {
    return S_ISCHR(st.st_mode) && st.st_rdev == number;
  });
}

// "dd (pid 17)"; the process may have ended.
std::string Called(const fs::path& process) {
  std::string name = "a process";
  try {
    name = ReadFile(process / "comm");
    name.resize(name.find('\n'));
  } catch (const Error&) {
  }
  return name + " (pid " + process.filename().string() + ")";
}

}  // namespace

void WalkNamelessFiles(
    dev_t device, const std::function<bool(int fd, uint64_t inode)>& visit) {
  EachProcess([&](const fs::path& process) {
    std::error_code ignored;
    for (const char* kind : {"fd", "map_files"})
      for (const auto& link : fs::directory_iterator(process / kind, ignored)) {
        struct stat st;
        if (stat(link.path().c_str(), &st) != 0 || st.st_dev != device ||
            st.st_nlink != 0 || !S_ISREG(st.st_mode))
          continue;
        FileDescriptor fd(open(link.path().c_str(), O_RDONLY | O_CLOEXEC));
        if (fd && !visit(fd.get(), st.st_ino)) return false;
      }
    return true;
  });
}

std::vector<std::string> OpenersOf(const std::string& disk) {
  std::vector<std::string> openers;
  struct stat st;
  const bool characters =
      stat(("/dev/" + disk).c_str(), &st) == 0 && S_ISCHR(st.st_mode);
  EachProcess([&](const fs::path& process) {
    if (process.filename() != std::to_string(getpid()) &&
        (characters ? UsesCharacters(process, st.st_rdev)
                    : HasOpen(process, disk)))
      openers.push_back(Called(process));
    return true;
  });
  return openers;
}

}  // namespace daxmend
