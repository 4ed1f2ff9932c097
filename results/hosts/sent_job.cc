// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/sent_job.h"

#include <cstdlib>
#include <set>
#include <sstream>

#include "core/utf8.h"

namespace daxmend {
namespace {

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return std::string();
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace

std::string JobAsSent(std::string_view text) {
  std::string sent;
  while (!text.empty()) {
    const size_t begin = text.find("${");
    sent += text.substr(0, begin);
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    const size_t end = text.find_first_of("}\n");
    if (end == text.npos || text[end] == '\n') {
      sent += text.substr(0, 2);
      text.remove_prefix(2);
      continue;
    }
    const std::string name(text.substr(2, end - 2));
    if (const char* value = std::getenv(name.c_str())) sent += value;
    text.remove_prefix(end + 1);
  }
  return sent;
}

std::vector<std::string> PathLogsIn(const std::string& job) {
  std::set<std::string> logs;
  std::istringstream lines(job);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (equals != line.npos && Trimmed(line.substr(0, equals)) == "path_log")
      logs.insert(Trimmed(line.substr(equals + 1)));
  }
  return {logs.begin(), logs.end()};
}

std::vector<std::string> SectionsIn(const std::string& job) {
  std::set<std::string> sections;
  std::istringstream lines(job);
  for (std::string line; std::getline(lines, line);) {
    line = Trimmed(line);
    // fio takes all that is between the first and the last character.
    if (line.size() < 3 || line[0] != '[') continue;
    const std::string name = line.substr(1, line.size() - 2);
    if (!name.starts_with("global")) sections.insert(AsUtf8(name));
  }
  return {sections.begin(), sections.end()};
}

}  // namespace daxmend
