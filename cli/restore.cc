// SPDX-License-Identifier: GPL-2.0-only

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "inject/privilege.h"
#include "inject/undo.h"

namespace daxmend {
namespace {

struct Options {
  std::string file;
  std::string journal = kDefaultJournal;
};

int Run(const Options& options) {
  RequireAdmin("taking poison back");
  Journal journal(options.journal);
  const std::vector<UndoOutcome> outcomes =
      UndoAll(journal, options.file.empty()
                           ? ""
                           : std::filesystem::weakly_canonical(options.file));
  if (outcomes.empty()) {
    std::printf("the journal %s lists nothing to undo\n",
                options.journal.c_str());
    return kYes;
  }
  int status = kYes;
  for (const UndoOutcome& outcome : outcomes) {
    if (!outcome.error.empty()) {
      std::fprintf(stderr, "daxmend restore: %s (%s): %s\n", outcome.id.c_str(),
                   outcome.file.c_str(), outcome.error.c_str());
      status = kCannotAsk;
      continue;
    }
    std::printf("%s on %s: %" PRIu64 " sectors undone, %" PRIu64
                " of them still poisoned or overwritten and given their bytes "
                "back\n",
                outcome.file.c_str(), outcome.disk.c_str(), outcome.sectors,
                outcome.restored);
  }
  return status;
}

}  // namespace

Command AddRestore(CLI::App& root) {
  auto options = std::make_shared<Options>();
  CLI::App* app = root.add_subcommand(
      "restore", "Undo everything that the injection journal still lists");
  app->add_option("FILE", options->file,
                  "Only what was planted in this file; everything by default");
  app->add_option("--journal", options->journal,
                  "Where 'daxmend inject' kept it")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->footer(
      "Needs root. Poison that was planted and not repaired since is taken out "
      "of the firmware,\nand its sectors get the bytes back that were there. "
      "The range that a killed 'daxmend validate'\noverwrote gets all of its "
      "bytes back; its namespace must not be in use. Exit status: 0 all\n"
      "undone, 2 some could not be (they stay in the journal).");
  return {app, [options] { return Run(*options); }};
}

}  // namespace daxmend
