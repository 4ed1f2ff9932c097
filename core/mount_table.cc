// SPDX-License-Identifier: GPL-2.0-only

#include "core/mount_table.h"

#include <sys/sysmacros.h>

#include <cstdio>
#include <sstream>

#include "core/error.h"
#include "core/file_io.h"

namespace daxmend {
namespace {

// Blanks, newlines and backslashes stand there as \ooo (fs/seq_file.c,
// mangle_path).
std::string Unescape(const std::string& text) {
  std::string out;
  auto octal = [&](size_t i) { return text[i] >= '0' && text[i] <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(i + 1) &&
        octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 +
                               (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<Mount> ParseMountInfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    // 36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/x rw
    std::istringstream words(line);
    std::string id, parent, device, root, point, word, filesystem;
    words >> id >> parent >> device >> root >> point;
    while (words >> word && word != "-") continue;
    words >> filesystem;
    unsigned major = 0, minor = 0;
    if (!words || std::sscanf(device.c_str(), "%u:%u", &major, &minor) != 2)
      throw Error("not a line of /proc/self/mountinfo: \"" + line + "\"");
    mounts.push_back({.device = makedev(major, minor),
                      .root = Unescape(root),
                      .point = Unescape(point),
                      .filesystem = filesystem});
  }
  return mounts;
}

std::vector<Mount> ReadMounts() {
  return ParseMountInfo(ReadFile("/proc/self/mountinfo"));
}

}  // namespace daxmend
