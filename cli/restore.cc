// SPDX-License-Identifier: GPL-2.0-only

#include <cinttypes>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "inject/privilege.h"
#include "inject/undo.h"

namespace daxmend {
namespace {

int Run(const std::string& directory) {
  RequireAdmin("taking poison back");
  Journal journal(directory);
  const std::vector<UndoOutcome> outcomes = UndoAll(journal);
  if (outcomes.empty()) {
    std::printf("the journal %s lists nothing to undo\n", directory.c_str());
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
                " of them still poisoned and given their bytes back\n",
                outcome.file.c_str(), outcome.disk.c_str(), outcome.sectors,
                outcome.restored);
  }
  return status;
}

}  // namespace

Command AddRestore(CLI::App& root) {
  auto directory = std::make_shared<std::string>(kDefaultJournal);
  CLI::App* app = root.add_subcommand(
      "restore", "Undo everything that the injection journal still lists");
  app->add_option("--journal", *directory, "Where 'daxmend inject' kept it")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->footer(
      "Needs root. Poison that was planted and not repaired since is taken out "
      "of the firmware,\nand its sectors get the bytes back that were there. "
      "Exit status: 0 all undone, 2 some could\nnot be (they stay in the "
      "journal).");
  return {app, [directory] { return Run(*directory); }};
}

}  // namespace daxmend
