// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/arrived_files.h"

#include <stdlib.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "core/error.h"
#include "results/run/fio_run.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// The host whose name is behind the dot; of "1" and "10.0.0.1" the longer.
const FioHost* HostOfFile(const std::string& file,
                          const std::vector<FioHost>& hosts) {
  const FioHost* found = nullptr;
  for (const FioHost& host : hosts)
    if (file.size() > host.name.size() + 1 && file.ends_with("." + host.name) &&
        (!found || host.name.size() > found->name.size()))
      found = &host;
  return found;
}

}  // namespace

ArrivedFiles::ArrivedFiles(const std::string& directory,
                           const std::vector<FioHost>& hosts,
                           const std::vector<std::string>& names)
    : hosts_(hosts) {
  MakeDirectory(directory);
  path_ = fs::absolute(directory) / "arriving.XXXXXX";
  if (!mkdtemp(path_.data()))
    throw ErrnoError("make a directory in " + directory, errno,
                     "name another with --out");
  // The name of a server's socket is a path, which goes on behind the dot.
  for (const FioHost& host : hosts)
    if (host.name.find('/') != host.name.npos)
      for (const std::string& name : names)
        MakeDirectory(
            fs::path(path_ + "/" + name + "." + host.name).parent_path());
}

ArrivedFiles::~ArrivedFiles() {
  std::error_code error;
  for (fs::recursive_directory_iterator at(path_, error), end;
       !error && at != end; at.increment(error))
    if (!at->is_directory(error)) return;
  if (!error) fs::remove_all(path_, error);
}

size_t ArrivedFiles::MoveTo(const std::string& to, const std::string& run_log) {
  std::optional<Error> first;
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path_))
    if (entry.is_regular_file())
      files.push_back(fs::path(entry.path()).lexically_relative(path_));
  for (const std::string& file : files) {
    const FioHost* const host = HostOfFile(file, hosts_);
    std::string name = file;
    if (host) name.resize(name.size() - host->name.size() - 1);
    if (host && name == run_log) name = "run.json";
    const fs::path target =
        (host ? fs::path(to) / DirectoryOfHost(host->name) : fs::path(to)) /
        name;
    const std::string from = path_ + "/" + file;
    try {
      MakeDirectory(target.parent_path());
      if (rename(from.c_str(), target.c_str()) != 0)
        throw ErrnoError("move " + from + " to " + target.string(), errno);
    } catch (const Error& e) {
      if (!first) first = e;
    }
  }
  if (first)
    throw Error(std::string(first->what()) + "; what has come is in " + path_);
  return files.size();
}

}  // namespace daxmend
