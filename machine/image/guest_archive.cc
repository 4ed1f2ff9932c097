// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/guest_archive.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Header and content each end on a multiple of four bytes.
void Pad(std::string& bytes) { bytes.resize((bytes.size() + 3) / 4 * 4); }

}  // namespace

void GuestArchive::Add(std::string_view path, unsigned mode,
                       std::string_view content) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (content.size() > UINT32_MAX)
    throw Error(
        {.thing = std::string(path),
         .cause = "is too large for the guest's initial file system (4 GiB)",
         .way_out = "leave it out of --add"});
  char header[111];
  std::snprintf(header, sizeof header,
                "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                next_inode_++, mode, 0u, 0u, 1u, 0u,
                static_cast<unsigned>(content.size()), 0u, 0u, 0u, 0u,
                static_cast<unsigned>(path.size() + 1), 0u);
  bytes_ += header;
  bytes_ += path;
  bytes_ += '\0';
  Pad(bytes_);
  bytes_ += content;
  Pad(bytes_);
}

void GuestArchive::AddDirectory(std::string_view path) {
  Add(path, S_IFDIR | 0755, "");
}

void GuestArchive::AddFile(std::string_view path, std::string_view content,
                           unsigned mode) {
  Add(path, S_IFREG | (mode & 07777), content);
}

void GuestArchive::AddFromHost(const std::string& source,
                               std::string_view directory) {
  struct stat status;
  if (stat(source.c_str(), &status)) throw ErrnoError("read " + source, errno);
  std::filesystem::path from(source);
  if (!from.has_filename()) from = from.parent_path();
  const std::string to =
      std::string(directory) + "/" + from.filename().string();
  if (S_ISREG(status.st_mode)) {
    AddFile(to, ReadFile(source), status.st_mode);
    return;
  }
  if (!S_ISDIR(status.st_mode))
    throw Error({.thing = source,
                 .cause = "is neither a file nor a directory",
                 .way_out = "leave it out of --add"});
  Add(to, S_IFDIR | (status.st_mode & 07777), "");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(from))
    names.push_back(entry.path().string());
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) AddFromHost(name, to);
}

std::string GuestArchive::Finish() && {
  Add("TRAILER!!!", 0, "");
  return std::move(bytes_);
}

std::string CommandScript(const std::vector<std::string>& command) {
  std::string script = "exec";
  for (const std::string& word : command) {
    script += " '";
    for (char c : word) {
      if (c == '\'')
        script += "'\\''";
      else
        script += c;
    }
    script += '\'';
  }
  return script + "\n";
}

}  // namespace daxmend
