// SPDX-License-Identifier: GPL-2.0-only

#include "inject/injectors.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/block_device.h"
#include "core/error.h"

namespace daxmend {
namespace {

struct Options {
  std::string target;
  bool json = false;
};

std::vector<std::string> DisksOf(const std::string& target) {
  if (target.empty()) {
    std::vector<std::string> disks = NvdimmNamespace::Disks();
    if (disks.empty())
      throw Error(
          "there is no NVDIMM namespace here: see 'ndctl list -N', or use "
          "'daxmend vm'");
    return disks;
  }
  struct stat st;
  if (stat(target.c_str(), &st) != 0) throw ErrnoError(target, errno);
  return {FindBlockDevice(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev).disk};
}

int Run(const Options& options) {
  nlohmann::ordered_json devices = nlohmann::ordered_json::array();
  for (const std::string& disk : DisksOf(options.target)) {
    const auto ndns = NvdimmNamespace::OfDisk(disk);
    const std::vector<InjectorChoice> choices = InjectorsOf(*ndns);
    if (!options.json)
      std::printf("%s (%s on %s)\n", disk.c_str(),
                  ndns->namespace_name().c_str(), ndns->bus().c_str());
    nlohmann::ordered_json injectors = nlohmann::ordered_json::array();
    for (const InjectorChoice& choice : choices) {
      injectors.push_back({{"name", choice.name},
                           {"available", choice.available},
                           {"default", choice.by_default},
                           {"reason", choice.reason}});
      if (!options.json)
        std::printf("  %-10s %-8s %s\n", choice.name.c_str(),
                    choice.by_default  ? "default"
                    : choice.available ? "yes"
                                       : "no",
                    choice.reason.c_str());
    }
    devices.push_back({{"device", disk}, {"injectors", std::move(injectors)}});
  }
  if (options.json)
    std::printf("%s\n", nlohmann::ordered_json{{"schema", 1},
                                               {"devices", std::move(devices)}}
                            .dump(1)
                            .c_str());
  return kYes;
}

}  // namespace

Command AddInjectors(CLI::App& root) {
  auto options = std::make_shared<Options>();
  CLI::App* app = root.add_subcommand(
      "injectors", "Show which ways to plant poison a device has, and why");
  app->add_option("TARGET", options->target,
                  "A block device such as /dev/pmem0, or a file on one; every "
                  "NVDIMM namespace by default");
  app->add_flag("--json", options->json, "Print JSON");
  app->footer(
      "'daxmend inject --via NAME' takes one of them. Exit status: 0 shown, 2 "
      "could not be asked.");
  return {app, [options] { return Run(*options); }};
}

}  // namespace daxmend
