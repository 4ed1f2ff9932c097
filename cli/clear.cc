// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/clear.h"

#include <fmt/core.h>

#include <memory>

#include "cli/command.h"
#include "cli/print_done.h"
#include "core/printable.h"

namespace daxmend {

Command AddClear(CLI::App& root) {
  struct Options {
    std::string target;
    std::string journal = kDefaultJournal;
    bool force = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* app =
      root.add_subcommand("clear", "Clear the poison of a file or device");
  app->add_option("TARGET", options->target,
                  "A file, a block device that is not in use, or device-dax")
      ->required();
  app->add_option("--journal", options->journal,
                  "Where the lost bytes may have been kept")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->add_flag("--force", options->force,
                "Also sectors shared with other files (reflink), which may be "
                "zero-filled in all of them");
  app->footer(
      "Needs root. Sectors that the journal of 'daxmend inject' has get their "
      "newest bytes back, as\nby 'restore'; all others are zero-filled: their "
      "data is lost. Exit status: 0 cleared, 2 not.");
  return {app, [options] {
            Journal journal(options->journal);
            const ClearResult result =
                ClearPoison(options->target, journal, options->force);
            PrintDone(
                fmt::format("{}: cleared {} {}s: {} restored from the "
                            "journal, {} zero-filled\n",
                            Printable(options->target),
                            result.restored_sectors + result.zeroed_sectors,
                            UnitName(result.unit_bytes),
                            result.restored_sectors, result.zeroed_sectors),
                "the poison is cleared anyway");
            return kOk;
          }};
}

}  // namespace daxmend
