// SPDX-License-Identifier: GPL-2.0-only
//
// The hosts of a run, as fio's --client= names them.
//
// Thread-safe.

#ifndef DAXMEND_RESULTS_HOSTS_FIO_HOSTS_H_
#define DAXMEND_RESULTS_HOSTS_FIO_HOSTS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace daxmend {

inline constexpr uint16_t kFioPort = 8765;

// One word of --client=: HOST[,PORT], with ip:, ip4: or ip6: before it, or
// sock:PATH.
struct FioHost {
  std::string word;  // for fio; the path of a socket is absolute in it
  // What fio's client calls it, in its JSON and behind the names of logs: HOST,
  // or PATH.
  std::string name;
  uint16_t port = kFioPort;
  bool is_socket = false;
  bool ipv6 = false;

  bool operator==(const FioHost&) const = default;
};

// Throws Error where fio would not take it, or takes it for no host.
FioHost ParseFioHost(const std::string& word);

// Of the words of --client=, of which one that is a file lists hosts, as for
// fio. Throws Error for a file without any, and for two hosts of one name or
// one directory: what they send back could not be told apart.
std::vector<FioHost> FioHostsOf(const std::vector<std::string>& words);

// The words themselves, those that are files replaced by what they list. Throws
// Error for a file without any, and for a word that comes twice.
std::vector<std::string> HostWords(const std::vector<std::string>& words);

// `name` as one part of a path.
std::string DirectoryOfHost(const std::string& name);
// Throws Error where that is the same of two names.
void RequireOwnDirectories(const std::vector<std::string>& names);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_HOSTS_FIO_HOSTS_H_
