// SPDX-License-Identifier: GPL-2.0-only

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "core/printable.h"
#include "device/cxl/memdev_device.h"
#include "device/cxl/region_facts.h"
#include "inject/cxl_listing.h"
#include "inject/poison_list.h"
#include "inject/poison_text.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

struct ListOptions {
  std::string target;
  bool json = false;
};

// "mem0", "/dev/cxl/mem0" and "region0", unless a file is called so.
bool NamesCxl(const std::string& target) {
  if (!CxlMemdevOfNode(target).empty()) return true;
  if (access(target.c_str(), F_OK) == 0) return false;
  for (const auto& names : {CxlMemdevs(), CxlRegions()})
    if (std::find(names.begin(), names.end(), target) != names.end())
      return true;
  return false;
}

int RunList(const ListOptions& options) {
  if (NamesCxl(options.target)) {
    const std::string memdev = CxlMemdevOfNode(options.target);
    const CxlListing listing =
        ListCxl(memdev.empty() ? options.target : memdev);
    PrintOut(options.json ? ToJson(listing) : ToText(listing));
    if (!listing.cut) return kOk;
    std::fputs(
        "daxmend list: a device has more poison than it lists through the "
        "kernel\n",
        stderr);
    return kError;
  }
  const PoisonListing listing =
      ListPoison(options.target, true, [](const std::string& text) {
        std::fprintf(stderr, "daxmend list: %s\n", Printable(text).c_str());
      });
  PrintOut(options.json ? ToJson(listing) : ToText(listing));
  if (listing.cut)
    std::fputs(
        "daxmend list: the kernel shows one page of its list and has more: "
        "injected poison beyond it was found by reading, other poison there is "
        "missing\n",
        stderr);
  for (const std::string& what : listing.unknown)
    std::fprintf(stderr, "daxmend list: not looked at: %s\n",
                 Printable(what).c_str());
  return listing.unknown.empty() ? kOk : kError;
}

}  // namespace

Command AddList(CLI::App& root) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* app = root.add_subcommand(
      "list", "Show the sectors listed as poisoned, and their owners");
  app->add_option("TARGET", options->target,
                  "A file, a mount point, a block device such as /dev/pmem0, "
                  "device-dax (/dev/dax0.0), or a CXL device or region (mem0, "
                  "region0); all persistent "
                  "memory by default");
  app->add_flag("--json", options->json,
                "Print JSON, as 'daxmend inject --plan' reads it");
  app->footer(
      "SECTOR counts 512 bytes on the disk, or on the region for what is on no "
      "disk: namespaces in\nsector mode, disabled ones, a "
      "namespace's "
      "own metadata. SPA: system physical address,\nshown to root only. "
      "OFFSET: "
      "in the file, or in the device-dax device. The file system is asked\nwho "
      "owns a range (FS_IOC_GETFSMAP); what it cannot tell is looked for in "
      "every file. CXL memory has\npoison in units of 64 bytes, which its "
      "devices list and the kernel does not; of mem0 or region0\nit is shown "
      "by DPA, device physical address. Exit\nstatus: 0 all of it was looked "
      "at (also when there is "
      "no poison), 2 some of it or all could not\nbe: stderr names it.");
  return {app, [options] { return RunList(*options); }};
}

}  // namespace daxmend
