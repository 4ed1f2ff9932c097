// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/fio_hosts.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// Of "PREFIX...", where that is one of them.
bool TakePrefix(std::string* text, const char* prefix) {
  if (!text->starts_with(prefix)) return false;
  *text = text->substr(std::string(prefix).size());
  return true;
}

uint16_t PortOf(const std::string& text, const std::string& word) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto [at, wrong] = std::from_chars(text.data(), end, port);
  if (wrong != std::errc() || at != end || port == 0 || port > 65535)
    throw Error({.thing = "--client=" + word,
                 .cause = "has no port behind the comma",
                 .way_out = "write HOST,PORT"});
  return static_cast<uint16_t>(port);
}

}  // namespace

FioHost ParseFioHost(const std::string& word) {
  FioHost host = {.word = word, .name = word};
  if (TakePrefix(&host.name, "sock:")) {
    host.is_socket = true;
    host.name = std::filesystem::absolute(host.name).lexically_normal();
    host.word = "sock:" + host.name;
    return host;
  }
  host.ipv6 = TakePrefix(&host.name, "ip6:");
  if (!host.ipv6 && !TakePrefix(&host.name, "ip4:"))
    TakePrefix(&host.name, "ip:");
  if (const size_t comma = host.name.find(','); comma != host.name.npos) {
    host.port = PortOf(host.name.substr(comma + 1), word);
    host.name.resize(comma);
  }
  if (host.name.empty() || host.name.find('/') != host.name.npos ||
      host.name.starts_with(":"))
    throw Error({.thing = "--client=" + word,
                 .cause = "is neither a host nor a file that lists some",
                 .way_out = "write HOST, HOST,PORT, ip6:HOST or sock:PATH"});
  return host;
}

std::vector<std::string> HostWords(const std::vector<std::string>& words) {
  std::vector<std::string> all;
  for (const std::string& word : words) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(word, none)) {
      all.push_back(word);
      continue;
    }
    std::istringstream lines(ReadFile(word));
    const size_t before = all.size();
    for (std::string line; lines >> line;) all.push_back(line);
    if (all.size() == before)
      throw Error({.thing = word,
                   .cause = "lists no host",
                   .way_out = "write one to each line"});
  }
  std::set<std::string> seen;
  for (const std::string& word : all)
    if (!seen.insert(word).second)
      throw Error({.thing = "host " + word,
                   .cause = "is named twice",
                   .way_out = "leave one of them out"});
  return all;
}

std::vector<FioHost> FioHostsOf(const std::vector<std::string>& words) {
  std::vector<FioHost> hosts;
  std::set<std::string> names;
  for (const std::string& word : HostWords(words)) {
    hosts.push_back(ParseFioHost(word));
    if (!names.insert(hosts.back().name).second)
      throw Error(
          {.thing = "host " + hosts.back().name,
           .cause = "is named twice (fio names what comes back by the host, "
                    "without its port)",
           .way_out = "give one of them another name, such as its address"});
  }
  RequireOwnDirectories({names.begin(), names.end()});
  return hosts;
}

std::string DirectoryOfHost(const std::string& name) {
  std::string directory = name;
  std::replace(directory.begin(), directory.end(), '/', '_');
  return directory == "." || directory == ".." ? "_" : directory;
}

void RequireOwnDirectories(const std::vector<std::string>& names) {
  std::map<std::string, std::string> owners;
  for (const std::string& name : names) {
    const auto [at, is_new] = owners.emplace(DirectoryOfHost(name), name);
    if (!is_new)
      throw Error({.thing = "hosts " + at->second + " and " + name,
                   .cause = "would share the directory hosts/" + at->first,
                   .way_out = "give one of them another name"});
  }
}

}  // namespace daxmend
