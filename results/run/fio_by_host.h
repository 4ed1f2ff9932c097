// SPDX-License-Identifier: GPL-2.0-only
//
// The fio.json of a client (--client=), taken apart: what it has of each host,
// as that host's fio.json.
//
// Not thread-safe.

#ifndef DAXMEND_RESULTS_RUN_FIO_BY_HOST_H_
#define DAXMEND_RESULTS_RUN_FIO_BY_HOST_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace daxmend {

class FioByHost {
 public:
  // What is no JSON has nothing of any host.
  explicit FioByHost(std::string_view text);

  // How many results there are of the host that fio calls `name`.
  size_t results(const std::string& name) const;
  // Its results and disks, its own "global options" (fio_results.h), and what
  // else there is.
  std::string JsonOf(const std::string& name) const;

 private:
  using Json = nlohmann::ordered_json;
  struct Host {
    Json results = Json::array(), disks = Json::array();
    Json options = Json::object();
  };

  Json all_;  // but for what is of one host
  bool has_options_of_hosts_ = false;
  std::map<std::string, Host> hosts_;
};

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_RUN_FIO_BY_HOST_H_
