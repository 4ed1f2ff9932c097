// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/collector.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "core/error.h"
#include "core/printable.h"
#include "records/earlier_results.h"
#include "records/origin.h"
#include "results/run/fio_run.h"
#include "system/file_io.h"
#include "system/text_process.h"

namespace daxmend {
namespace {

constexpr const char* kFiles[] = {"run.json", "inject.json", "fio.json",
                                  "origin.json", "profile.json"};

// No file has such a line.
std::string NewMark() {
  std::random_device random;
  std::string mark = "daxmend-";
  for (int i = 0; i < 4; ++i) mark += fmt::format("{:08x}", random());
  return mark;
}

bool IsWanted(std::string_view name) {
  for (const char* file : kFiles)
    if (name == file) return true;
  return false;
}

// The last line of what the remote shell said.
std::string Reason(const TextResult& result, std::chrono::seconds timeout) {
  if (result.timed_out)
    return fmt::format("no answer in {} s", timeout.count());
  std::string text = result.err;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  text = text.substr(text.rfind('\n') + 1);
  return text.empty() ? fmt::format("it ended with {}", result.status)
                      : Printable(text);
}

}  // namespace

std::string CollectScript(const std::string& from, const std::string& mark) {
  std::string files;
  for (const char* file : kFiles) files += std::string(" ") + file;
  const std::string directory = ShellWords({from});
  const auto say = [&](const std::string& what) {
    return "echo " + mark + " " + what;
  };
  // What was read of a file before an error ends in a line of its own, too.
  return "cd -- " + directory + " 2>/dev/null || {\n" + "  if [ -d " +
         directory + " ]; then " + say("closed") + "; else " + say("none") +
         "; fi\n  " + say("complete") + "\n  exit 0\n}\nfor f in" + files +
         "; do\n" + "  [ -f $f ] || continue\n  " + say("file $f") +
         "\n  { cat $f && echo && " + say("ended") + "; } || { echo; " +
         say("unreadable $f") + "; }\ndone\n" + say("complete") + "\n";
}

Collected ParseCollected(std::string_view printed, const std::string& mark) {
  Collected collected;
  std::string name, text;
  while (!printed.empty()) {
    const size_t end = printed.find('\n');
    if (end == printed.npos) break;  // cut off
    const std::string_view line = printed.substr(0, end);
    printed.remove_prefix(end + 1);
    if (!line.starts_with(mark + " ")) {
      if (!name.empty()) text += std::string(line) + "\n";
      continue;
    }
    const std::string_view what = line.substr(mark.size() + 1);
    if (what == "none") collected.has_none = true;
    if (what == "closed") collected.is_closed = true;
    if (what == "complete") collected.complete = true;
    if (what.starts_with("file ") && IsWanted(what.substr(5)))
      name = what.substr(5);
    if (what == "ended" && !name.empty()) {
      // The end of the line that was put behind it.
      if (!text.empty()) text.pop_back();
      collected.files[name] = text;
      name.clear();
    }
    if (what.starts_with("unreadable ") && IsWanted(what.substr(11))) {
      collected.unreadable.emplace_back(what.substr(11));
      name.clear();
    }
    text.clear();
  }
  return collected;
}

Collected CollectFrom(const std::string& host, const CollectOptions& options) {
  const std::string mark = NewMark();
  std::vector<std::string> words = options.shell;
  words.push_back(host);
  words.push_back("sh");
  const TextResult result =
      RunOnText(words, CollectScript(options.from, mark), options.timeout);
  Collected collected = ParseCollected(result.out, mark);
  const std::string thing = "host " + host;
  if (!collected.complete)
    throw Error(
        {.thing = thing,
         .cause = fmt::format("cannot be reached ({})",
                              Reason(result, options.timeout)),
         .way_out = fmt::format("try {} sh, or name another way with --rsh",
                                ShellWords(options.shell) + " " + host)});
  if (collected.has_none)
    throw Error({.thing = thing,
                 .cause = "has no directory " + options.from,
                 .way_out = "name it with --from"});
  if (collected.is_closed)
    throw Error({.thing = thing,
                 .cause = "lets nobody of this login into " + options.from,
                 .way_out = "name one who may: USER@HOST"});
  if (std::ranges::find(collected.unreadable, "run.json") !=
      collected.unreadable.end()) {
    const std::string why =
        result.err.empty() ? "" : " (" + Reason(result, options.timeout) + ")";
    throw Error({.thing = thing,
                 .cause = fmt::format("has a run.json in {} that cannot be "
                                      "read{}",
                                      options.from, why),
                 .way_out = "name one who may: USER@HOST"});
  }
  if (!collected.files.contains("run.json"))
    throw Error({.thing = thing,
                 .cause = "has no run.json in " + options.from,
                 .way_out = "name the directory with --from"});
  return collected;
}

void StoreCollected(const Collected& collected, const std::string& directory) {
  MakeDirectory(directory);
  const std::string record = directory + "/run.json";
  const bool is_same = std::filesystem::exists(record) &&
                       ReadFile(record) == collected.files.at("run.json");
  for (const char* name : kFiles)
    if (!is_same || collected.files.contains(name))
      SetAside(directory + "/" + name);
  for (const auto& [name, text] : collected.files)
    ReplaceFile(directory + "/" + name, text);
}

}  // namespace daxmend
