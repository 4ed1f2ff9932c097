// SPDX-License-Identifier: GPL-2.0-only

#include "inject/clear.h"

#include <cinttypes>
#include <cstdio>
#include <memory>

#include "cli/command.h"

namespace daxmend {

Command AddClear(CLI::App& root) {
  struct Options {
    std::string target;
    std::string journal = kDefaultJournal;
  };
  auto options = std::make_shared<Options>();
  CLI::App* app = root.add_subcommand(
      "clear", "Make poisoned sectors of a file or device good again");
  app->add_option("TARGET", options->target,
                  "A file, or a block device that is not in use")
      ->required();
  app->add_option("--journal", options->journal,
                  "Where the lost bytes may have been kept")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->footer(
      "Needs root. Sectors that 'daxmend inject' planted get their bytes back "
      "from the journal,\nall others are zero-filled: their data is lost. Exit "
      "status: 0 cleared, 2 not.");
  return {app, [options] {
            Journal journal(options->journal);
            const ClearResult result = ClearPoison(options->target, journal);
            std::printf("%s: cleared %" PRIu64 " sectors: %" PRIu64
                        " restored from the journal, %" PRIu64 " zero-filled\n",
                        options->target.c_str(),
                        result.restored_sectors + result.zeroed_sectors,
                        result.restored_sectors, result.zeroed_sectors);
            return kYes;
          }};
}

}  // namespace daxmend
