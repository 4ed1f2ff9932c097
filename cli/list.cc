// SPDX-License-Identifier: GPL-2.0-only

#include <cinttypes>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "inject/poison_list.h"

namespace daxmend {
namespace {

struct Options {
  std::string target;
  bool json = false;
};

void PrintTable(const PoisonListing& listing) {
  if (listing.poison.empty()) {
    std::puts("no poison is listed");
    return;
  }
  uint64_t sectors = 0;
  std::printf("%-8s %12s %8s %18s %14s  %s\n", "DEVICE", "SECTOR", "SECTORS",
              "SPA", "FILE OFFSET", "WHOSE");
  for (const ListedPoison& poison : listing.poison) {
    sectors += poison.sectors.length();
    char spa[24] = "-";
    char offset[24] = "-";
    if (poison.spa)
      std::snprintf(spa, sizeof spa, "0x%" PRIx64, poison.spa->begin);
    if (poison.file)
      std::snprintf(offset, sizeof offset, "%" PRIu64, poison.file->begin);
    std::printf("%-8s %12" PRIu64 " %8" PRIu64 " %18s %14s  %s\n",
                poison.disk.c_str(), poison.sectors.begin,
                poison.sectors.length(), spa, offset,
                Describe(poison.owner).c_str());
  }
  std::printf("%" PRIu64 " bad sectors in %zu ranges\n", sectors,
              listing.poison.size());
}

int Run(const Options& options) {
  const PoisonListing listing =
      ListPoison(options.target, true, [](const std::string& text) {
        std::fprintf(stderr, "daxmend list: %s\n", text.c_str());
      });
  if (options.json)
    std::fputs(ToJson(listing).c_str(), stdout);
  else
    PrintTable(listing);
  if (listing.cut)
    std::fputs(
        "daxmend list: the kernel shows one page of its list and has more: "
        "what was injected\nbehind that was found by reading it, other poison "
        "there is missing\n",
        stderr);
  return kYes;
}

}  // namespace

Command AddList(CLI::App& root) {
  auto options = std::make_shared<Options>();
  CLI::App* app = root.add_subcommand(
      "list", "Show what the kernel lists as poisoned, and whose it is");
  app->add_option("TARGET", options->target,
                  "A file, a mount point, or a block device such as "
                  "/dev/pmem0; every NVDIMM namespace by default");
  app->add_flag("--json", options->json,
                "Print JSON, as 'daxmend inject --plan' reads it");
  app->footer(
      "Sectors are 512 bytes, of the disk. SPA: system physical address, shown "
      "to root only.\nThe file system is asked whose a range is (FS_IOC_"
      "GETFSMAP); what it cannot tell is looked\nfor in every file. Exit "
      "status: 0 listed (also when there is none), 2 could not be asked.");
  return {app, [options] { return Run(*options); }};
}

}  // namespace daxmend
