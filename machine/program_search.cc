// SPDX-License-Identifier: GPL-2.0-only

#include "machine/program_search.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "core/error.h"
#include "system/process.h"

namespace daxmend {
namespace {

// Debian's package of a program that is named otherwise.
const std::map<std::string, std::string> kPackages = {
    {"cxl", "ndctl"},
    {"apt-get", "apt"},
    {"busybox", "busybox-static"},
    {"depmod", "kmod"},
    {"dpkg-deb", "dpkg"},
    {"ldd", "libc-bin"},
    {"mkfs.ext4", "e2fsprogs"},
    {"mkfs.xfs", "xfsprogs"},
    {"modprobe", "kmod"},
    {"xfs_io", "xfsprogs"},
    {"xz", "xz-utils"},
};

bool IsProgram(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) &&
         access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string FindProgram(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(std::string(path ? path : "/usr/bin:/bin") +
                                 ":/usr/sbin:/sbin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string file = directory + "/" + name;
    if (directory.starts_with('/') && IsProgram(file)) return file;
  }
  return "";
}

std::vector<std::string> LibrariesOf(const std::vector<std::string>& programs) {
  std::set<std::string> libraries;
  for (const std::string& program : programs) {
    // "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f...)"
    std::istringstream out(Capture({"ldd", program}).output);
    for (std::string word; out >> word;)
      if (word.starts_with('/')) libraries.insert(word);
  }
  return {libraries.begin(), libraries.end()};
}

void RequirePrograms(const std::vector<std::string>& programs) {
  std::string missing;
  std::set<std::string> packages;
  for (const std::string& name : programs) {
    if (!FindProgram(name).empty()) continue;
    missing += (missing.empty() ? "" : ", ") + name;
    const auto known = kPackages.find(name);
    packages.insert(known == kPackages.end() ? name : known->second);
  }
  if (missing.empty()) return;
  std::string install;
  for (const std::string& package : packages) install += " " + package;
  throw Error(
      {.thing = "the guest image",
       .cause = "needs programs that are not installed (" + missing + ")",
       .way_out = "apt install" + install});
}

}  // namespace daxmend
