// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/flag_probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

struct KnownFlag {
  unsigned flag;
  const char* name;
  int major, minor;  // the first version that has it
};
constexpr KnownFlag kKnownFlags[] = {
    {0x01, "RWF_HIPRI", 4, 6},      {0x02, "RWF_DSYNC", 4, 7},
    {0x04, "RWF_SYNC", 4, 7},       {0x08, "RWF_NOWAIT", 4, 13},
    {0x10, "RWF_APPEND", 4, 16},    {0x20, "RWF_NOAPPEND", 6, 9},
    {0x40, "RWF_ATOMIC", 6, 11},    {0x80, "RWF_DONTCACHE", 6, 14},
    {0x100, "RWF_NOSIGNAL", 6, 18},
};

constexpr char kText[] = "12345678";
constexpr size_t kTextLength = sizeof kText - 1;

FileDescriptor ScratchFile(const std::string& directory) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC;
  FileDescriptor fd(open(directory.c_str(), O_TMPFILE | kFlags, 0600));
  if (!fd) {  // not every file system has those
    std::string path = directory + "/.daxmend-XXXXXX";
    fd = FileDescriptor(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
    if (fd) unlink(path.c_str());
  }
  if (!fd ||
      write(fd.get(), kText, kTextLength) != static_cast<ssize_t>(kTextLength))
    throw ErrnoError("write a scratch file in " + directory, errno);
  return fd;
}

}  // namespace

const char* FlagSupportName(FlagSupport support) {
  switch (support) {
    case FlagSupport::kUnsupported:
      return "unsupported";
    case FlagSupport::kOther:
      return "other";
    case FlagSupport::kRecovery:
      return "recovery";
  }
  return "";
}

FlagProbe JudgeFlag(unsigned flag, const std::string& release,
                    const FlagTrial& trial) {
  const std::string kernel = "Linux " + release;
  int major = 0, minor = 0;
  std::sscanf(release.c_str(), "%d.%d", &major, &minor);
  for (const KnownFlag& known : kKnownFlags)
    if (flag == known.flag &&
        (major > known.major || (major == known.major && minor >= known.minor)))
      return {FlagSupport::kOther,
              kernel + " uses it for " + known.name + ", not for recovery"};
  if (trial.read_error != 0)
    return {
        FlagSupport::kUnsupported,
        kernel + " does not have it (" + std::strerror(trial.read_error) + ")"};
  if (trial.overrides_append)
    return {FlagSupport::kOther,
            kernel + " uses it as RWF_NOAPPEND, not for recovery"};
  return {FlagSupport::kRecovery, kernel + " accepts it"};
}

FlagTrial TryFlag(unsigned flag, const std::string& directory) {
  const FileDescriptor fd = ScratchFile(directory);
  FlagTrial trial;
  char byte = 'x';
  const iovec vec = {&byte, 1};
  const int flags = static_cast<int>(flag);
  if (preadv2(fd.get(), &vec, 1, 0, flags) < 0) trial.read_error = errno;
  struct stat st;
  trial.overrides_append = pwritev2(fd.get(), &vec, 1, 0, flags) == 1 &&
                           fstat(fd.get(), &st) == 0 &&
                           st.st_size == static_cast<off_t>(kTextLength);
  return trial;
}

FlagProbe ProbeFlag(unsigned flag, const std::string& path) {
  utsname name;
  if (uname(&name) != 0) throw ErrnoError("read the kernel's release", errno);
  const std::string directory = std::filesystem::path(path).parent_path();
  return JudgeFlag(flag, name.release,
                   TryFlag(flag, directory.empty() ? "." : directory));
}

}  // namespace daxmend
