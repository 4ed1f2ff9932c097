// SPDX-License-Identifier: GPL-2.0-only

#include "system/mount_table.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <sstream>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Blanks, newlines and backslashes stand there as \ooo (fs/seq_file.c,
// mangle_path), in the value of an option commas, too (seq_show_option).
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

std::vector<std::string> SplitOptions(const std::string& text) {
  std::vector<std::string> options;
  std::istringstream in(text);
  for (std::string option; std::getline(in, option, ',');)
    options.push_back(Unescape(option));
  return options;
}

}  // namespace

std::optional<std::string> Mount::Option(std::string_view name) const {
  for (const std::string& option : options)
    if (option.size() > name.size() && option.starts_with(name) &&
        option[name.size()] == '=')
      return option.substr(name.size() + 1);
  return std::nullopt;
}

std::vector<Mount> ParseMountInfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    // 36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/x rw,option=value
    std::istringstream words(line);
    uint64_t id = 0;
    std::string parent, device, root, point, word, filesystem, source, options;
    words >> id >> parent >> device >> root >> point;
    while (words >> word && word != "-") continue;
    words >> filesystem;
    unsigned major = 0, minor = 0;
    if (!words || std::sscanf(device.c_str(), "%u:%u", &major, &minor) != 2)
      throw Error({.thing = "/proc/self/mountinfo",
                   .cause = "has a malformed line (\"" + line + "\")"});
    words >> source >> options;  // the source may be empty
    mounts.push_back({.device = makedev(major, minor),
                      .root = Unescape(root),
                      .point = Unescape(point),
                      .filesystem = filesystem,
                      .id = id,
                      .source = Unescape(source),
                      .options = SplitOptions(options)});
  }
  return mounts;
}

std::vector<Mount> ReadMounts() {
  return ParseMountInfo(ReadFile("/proc/self/mountinfo"));
}

bool IsReachable(const Mount& mount) {
  struct statx stx;
  if (statx(AT_FDCWD, mount.point.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID,
            &stx) != 0)
    return false;
  if (stx.stx_mask & STATX_MNT_ID) return stx.stx_mnt_id == mount.id;
  // Before Linux 5.8.
  return makedev(stx.stx_dev_major, stx.stx_dev_minor) == mount.device;
}

}  // namespace daxmend
