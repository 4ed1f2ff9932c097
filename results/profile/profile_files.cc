// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/profile_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "records/run_record.h"
#include "results/profile/raw_profile.h"
#include "results/profile/symbols.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kEngine[] = "fio-daxmend.so";

// What separates frames, and ends them, is not a part of a name.
std::string Frame(std::string name) {
  std::replace(name.begin(), name.end(), ';', ':');
  std::replace(name.begin(), name.end(), '\n', ' ');
  return name;
}

}  // namespace

void WriteProfile(std::string_view raw, const std::string& directory,
                  std::optional<CacheSizes> caches) {
  const std::string symbols_in = directory + "/" + kProfileSymbols;
  const std::string record = directory + "/run.json";
  if (!fs::exists(symbols_in + "/kallsyms"))
    throw Error({.thing = "the profile",
                 .cause = "has no symbols: COMMAND did no I/O with this "
                          "daxmend's engine",
                 .way_out = "run 'daxmend run JOBFILE' as COMMAND"});
  if (!fs::exists(record))
    throw Error({.thing = record,
                 .cause = "is missing: the job has no path_log= there",
                 .way_out = "set path_log=results/latest/run.json"});
  Symbols symbols;
  symbols.AddKernel(ReadFile(symbols_in + "/kallsyms"));
  symbols.AddProcess(ReadFile(symbols_in + "/maps"), symbols_in);
  if (!symbols.HasFullTable(kEngine))
    throw Error({.thing = kEngine,
                 .cause = "has no symbol table (it was stripped), and its "
                          "functions no names",
                 .way_out = "build it, or install its debug symbols"});
  ProfileRecord profile =
      NamedProfile(raw, symbols, RunRecordFromJson(ReadFile(record), record));
  profile.caches = caches;
  ReplaceFile(directory + "/profile.json", ToJson(profile));
  ReplaceFile(directory + "/profile.folded", FoldedStacks(profile));
  fs::remove_all(symbols_in);
}

std::optional<ProfileRecord> LoadProfile(const std::string& directory) {
  const std::string path = directory + "/profile.json";
  if (!fs::exists(path)) return {};
  return ProfileRecordFromJson(ReadFile(path), path);
}

std::string FoldedStacks(const ProfileRecord& profile) {
  std::string out;
  const auto add = [&](const ProfileJob& job, size_t path, const char* root,
                       const ProfileStacks& stacks) {
    for (const auto& [frames, instructions] : stacks) {
      out += fmt::format("{};{}{}", Frame(job.name), kPathNames[path], root);
      for (uint32_t frame : frames)
        out += ";" + Frame(profile.functions[frame].name);
      out += fmt::format(" {}\n", instructions);
    }
  };
  for (const ProfileJob& job : profile.jobs)
    for (size_t path = 0; path < kPaths; ++path) {
      add(job, path, "", job.paths[path].stacks);
      add(job, path, ";[interrupts]", job.paths[path].interrupt_stacks);
      add(job, path, ";[other threads]", job.paths[path].other_stacks);
    }
  return out;
}

}  // namespace daxmend
