// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/injectors.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/error.h"
#include "core/printable.h"
#include "results/standard_output.h"
#include "system/block_device.h"
#include "system/dax_file.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

struct InjectorsOptions {
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
  if (!S_ISREG(st.st_mode))
    return {FindBlockDevice(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev).disk};
  const FileDescriptor fd = FileDescriptor::Open(target, O_RDONLY);
  const DaxFile file = DescribeFile(fd.get(), target);
  if (!file.device)
    throw Error("the device of " + target + " cannot be told, " +
                file.no_device + ": name a file on /dev/pmemN");
  return {file.device->disk};
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

int RunInjectors(const InjectorsOptions& options) {
  nlohmann::ordered_json devices = nlohmann::ordered_json::array();
  std::string text;
  for (const std::string& disk : DisksOf(options.target)) {
    const auto ndns = NvdimmNamespace::OfDisk(disk);
    const std::vector<InjectorChoice> choices = InjectorsOf(*ndns);
    text += disk + " (" + ndns->namespace_name() + " on " + ndns->bus() + ")\n";
    nlohmann::ordered_json injectors = nlohmann::ordered_json::array();
    for (const InjectorChoice& choice : choices) {
      injectors.push_back({{"name", choice.name},
                           {"available", choice.available},
                           {"default", choice.by_default},
                           {"reason", choice.reason}});
      const std::string available = choice.by_default  ? "default"
                                    : choice.available ? "yes"
                                                       : "no";
      text += "  " + Padded(choice.name, 10) + " " + Padded(available, 8) +
              " " + Printable(choice.reason) + "\n";
    }
    devices.push_back({{"device", disk}, {"injectors", std::move(injectors)}});
  }
  if (options.json)
    text =
        nlohmann::ordered_json{{"schema", 1}, {"devices", std::move(devices)}}
            .dump(1, ' ', false,
                  nlohmann::ordered_json::error_handler_t::replace) +
        "\n";
  PrintOut(text);
  return kYes;
}

}  // namespace

Command AddInjectors(CLI::App& root) {
  auto options = std::make_shared<InjectorsOptions>();
  CLI::App* app = root.add_subcommand(
      "injectors", "Show which ways to inject poison a device has, and why");
  app->add_option("TARGET", options->target,
                  "A block device such as /dev/pmem0, or a file on one; every "
                  "NVDIMM namespace by default");
  app->add_flag("--json", options->json, "Print JSON");
  app->footer(
      "'daxmend inject --via NAME' takes one of them. Exit status: 0 shown, 2 "
      "could not be asked.");
  return {app, [options] { return RunInjectors(*options); }};
}

}  // namespace daxmend
