// SPDX-License-Identifier: GPL-2.0-only

#include "records/origin.h"

#include <fmt/core.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "records/json_reader.h"
#include "records/json_text.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

struct Key {
  const char* key;
  std::string Origin::*member;
};
constexpr Key kKeys[] = {
    {"date", &Origin::date},       {"host", &Origin::host},
    {"daxmend", &Origin::daxmend}, {"commit", &Origin::commit},
    {"command", &Origin::command}, {"vm", &Origin::vm},
};

std::string Now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc;
  char text[sizeof "2026-11-29T05:47:12Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  return text;
}

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// The program without its directory: where it lies is nobody's business.
std::string ThisCommand() {
  const std::string text = ReadFile("/proc/self/cmdline");
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (!words.empty()) words[0] = fs::path(words[0]).filename().string();
  return ShellWords(words);
}

}  // namespace

std::string ToJson(const Origin& origin) {
  std::string text = fmt::format("{{\n  \"schema\": {}", kOriginSchema);
  for (const Key& key : kKeys)
    if (!(origin.*key.member).empty())
      text += fmt::format(",\n  \"{}\": {}", key.key,
                          QuotedJson(origin.*key.member));
  return text + "\n}\n";
}

Origin OriginFromJson(std::string_view text, const std::string& source) {
  const nlohmann::json document = ParseJson(text, source);
  const JsonReader root(document, source);
  if (root.At("schema").Unsigned() != kOriginSchema)
    root.At("schema").Fail(
        fmt::format("is not {}", kOriginSchema),
        "read it with the daxmend that wrote it, or remove the file");
  Origin origin;
  for (const Key& key : kKeys)
    if (root.Has(key.key)) origin.*key.member = root.At(key.key).String();
  return origin;
}

Origin OriginOfThis(const std::string& daxmend, const std::string& commit,
                    bool in_guest) {
  return {.date = in_guest ? "" : Now(),
          .host = in_guest ? "" : HostName(),
          .daxmend = daxmend,
          .commit = commit,
          .command = ThisCommand(),
          .vm = ""};
}

void CompleteOrigins(const std::string& out, const Origin& vm) {
  std::error_code ignored;
  // Not into directories that links lead to: those are not the guest's.
  for (fs::recursive_directory_iterator at(out, ignored), end; at != end;
       at.increment(ignored)) {
    if (at->path().filename() != "origin.json" ||
        at->symlink_status(ignored).type() != fs::file_type::regular)
      continue;
    const std::string path = at->path().string();
    Origin origin;
    try {
      origin = OriginFromJson(ReadFile(path), path);
    } catch (const Error&) {
      continue;
    }
    if (!origin.date.empty()) continue;
    origin.date = vm.date;
    origin.host = vm.host;
    origin.vm = vm.command;
    ReplaceFile(path, ToJson(origin));
  }
}

std::string ShellWords(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
      "=:,+@%";
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word)
      if (c == '\'')
        text += "'\\''";
      else
        text += c;
    text += '\'';
  }
  return text;
}

}  // namespace daxmend
