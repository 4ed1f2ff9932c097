// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/injectors.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "cli/command.h"
#include "core/error.h"
#include "device/devices.h"
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
    std::vector<std::string> disks = DeviceDisks();
    if (disks.empty())
      throw Error({.thing = "this machine",
                   .cause = "has no NVDIMM namespace",
                   .way_out = "see 'ndctl list -N', or use 'daxmend vm'"});
    return disks;
  }
  if (const auto node = DeviceOfNode(target)) return {node->disk()};
  struct stat st;
  if (stat(target.c_str(), &st) != 0) throw ErrnoError(target, errno);
  if (!S_ISREG(st.st_mode))
    return {FindBlockDevice(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev).disk};
  const FileDescriptor fd = FileDescriptor::Open(target, O_RDONLY);
  const DaxFile file = DescribeFile(fd.get(), target);
  if (!file.device)
    throw Error({.thing = "the device of " + target,
                 .cause = "cannot be determined (" + file.no_device + ")",
                 .way_out = "name a file on /dev/pmemN"});
  return {file.device->disk};
}

int RunInjectors(const InjectorsOptions& options) {
  std::vector<DeviceInjectors> devices;
  for (const std::string& disk : DisksOf(options.target)) {
    const auto device = DeviceOfDisk(disk);
    devices.push_back({disk, device->label(), InjectorsOf(*device)});
  }
  PrintOut(options.json ? ToJson(devices) : ToText(devices));
  return kOk;
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
      "not.");
  return {app, [options] { return RunInjectors(*options); }};
}

}  // namespace daxmend
