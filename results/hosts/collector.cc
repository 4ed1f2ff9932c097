// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/collector.h"

#include <fmt/core.h>

#include <random>

#include "core/error.h"
#include "core/printable.h"
#include "records/origin.h"
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
  return "cd -- " + ShellWords({from}) + " 2>/dev/null || { echo " + mark +
         " none; exit 0; }\n" + "echo " + mark + " directory\n" + "for f in" +
         files + "; do\n" + "  [ -f $f ] || continue\n" + "  echo " + mark +
         " file $f\n" + "  cat $f && echo && echo " + mark + " ended\n" +
         "done\necho " + mark + " complete\n";
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
    if (what == "directory") collected.has_directory = true;
    if (what == "complete") collected.complete = true;
    if (what.starts_with("file ") && IsWanted(what.substr(5)))
      name = what.substr(5);
    if (what == "ended" && !name.empty()) {
      // The end of the line that was put behind it.
      if (!text.empty()) text.pop_back();
      collected.files[name] = text;
      name.clear();
    }
    text.clear();
  }
  return collected;
}

std::map<std::string, std::string> CollectFrom(const std::string& host,
                                               const CollectOptions& options) {
  const std::string mark = NewMark();
  std::vector<std::string> words = options.shell;
  words.push_back(host);
  words.push_back("sh");
  const TextResult result =
      RunOnText(words, CollectScript(options.from, mark), options.timeout);
  Collected collected = ParseCollected(result.out, mark);
  const std::string thing = "host " + host;
  if (collected.complete && collected.files.contains("run.json"))
    return std::move(collected.files);
  if (collected.complete)
    throw Error({.thing = thing,
                 .cause = "has no run.json in " + options.from,
                 .way_out = "name the directory with --from"});
  if (result.status == 0 && !result.timed_out && !collected.has_directory &&
      result.out.find(mark + " none") != result.out.npos)
    throw Error({.thing = thing,
                 .cause = "has no directory " + options.from,
                 .way_out = "name it with --from"});
  throw Error({.thing = thing,
               .cause = fmt::format("cannot be reached ({})",
                                    Reason(result, options.timeout)),
               .way_out = fmt::format("try {} sh, or name another way with "
                                      "--rsh",
                                      ShellWords(options.shell) + " " + host)});
}

}  // namespace daxmend
