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

void PrintTable(const std::vector<ListedPoison>& list) {
  if (list.empty()) {
    std::puts("no poison is listed");
    return;
  }
  uint64_t sectors = 0;
  std::printf("%-8s %12s %8s %18s %14s\n", "DEVICE", "SECTOR", "SECTORS", "SPA",
              "FILE OFFSET");
  for (const ListedPoison& poison : list) {
    sectors += poison.sectors.length();
    char spa[24] = "-";
    char offset[24] = "-";
    if (poison.spa)
      std::snprintf(spa, sizeof spa, "0x%" PRIx64, poison.spa->begin);
    if (poison.file)
      std::snprintf(offset, sizeof offset, "%" PRIu64, poison.file->begin);
    std::printf("%-8s %12" PRIu64 " %8" PRIu64 " %18s %14s\n",
                poison.disk.c_str(), poison.sectors.begin,
                poison.sectors.length(), spa, offset);
  }
  std::printf("%" PRIu64 " bad sectors in %zu ranges\n", sectors, list.size());
}

}  // namespace

Command AddList(CLI::App& root) {
  auto options = std::make_shared<Options>();
  CLI::App* app =
      root.add_subcommand("list", "Show what the kernel lists as poisoned");
  app->add_option("TARGET", options->target,
                  "A file, or a block device such as /dev/pmem0; every NVDIMM "
                  "namespace by default");
  app->add_flag("--json", options->json, "Print JSON");
  app->footer(
      "Sectors are 512 bytes, of the disk. SPA: system physical address, shown "
      "to root only.\nExit status: 0 listed (also when there is none), 2 could "
      "not be asked.");
  return {app, [options] {
            const std::vector<ListedPoison> list = ListPoison(options->target);
            if (options->json)
              std::fputs(ToJson(list).c_str(), stdout);
            else
              PrintTable(list);
            return kYes;
          }};
}

}  // namespace daxmend
