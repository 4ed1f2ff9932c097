// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/print_done.h"
#include "core/printable.h"
#include "inject/poison_list.h"
#include "inject/privilege.h"
#include "inject/undo/undo.h"
#include "results/standard_output.h"
#include "validate/memdev/memdev_note.h"

namespace daxmend {
namespace {

struct RestoreOptions {
  std::string file;
  std::string journal = kDefaultJournal;
};

// What killed validations of CXL memory devices have left.
int RestoreDevices(const RestoreOptions& options) {
  int status = kOk;
  const std::unique_ptr<MemdevHost> host = ThisMachinesMemdevs();
  for (const MemdevRestored& one : RestoreMemdevs(options.journal, *host)) {
    const std::string device = Printable(one.device);
    if (one.error.empty()) {
      PrintOut("the CXL memory device " + device +
               " is as it was before its validation\n");
      continue;
    }
    std::fprintf(stderr, "daxmend restore: the CXL memory device %s: %s\n",
                 device.c_str(), Printable(one.error).c_str());
    status = kError;
  }
  return status;
}

int RunRestore(const RestoreOptions& options) {
  RequireAdmin("undoing injections");
  const int devices = options.file.empty() ? RestoreDevices(options) : kOk;
  Journal journal(options.journal);
  const std::vector<UndoOutcome> outcomes =
      UndoAll(journal, options.file.empty()
                           ? ""
                           : std::filesystem::weakly_canonical(options.file));
  if (outcomes.empty()) {
    // A name that was mistyped is no success.
    if (!options.file.empty()) ListPoison(options.file);
    PrintOut(
        "the journal " + Printable(options.journal) + " lists nothing to undo" +
        (options.file.empty() ? "" : " for " + Printable(options.file)) + "\n");
    return devices;
  }
  int status = devices;
  std::string text;
  for (const UndoOutcome& outcome : outcomes) {
    const std::string file = Printable(outcome.file);
    if (!outcome.error.empty()) {
      std::fprintf(stderr, "daxmend restore: %s (%s): %s\n",
                   Printable(outcome.id).c_str(),
                   Printable(outcome.file).c_str(),
                   Printable(outcome.error).c_str());
      status = kError;
      continue;
    }
    text += fmt::format(
        "{} on {}: {} {}s undone, {} of them still poisoned or overwritten "
        "and given their bytes back",
        Printable(outcome.file), Printable(outcome.disk), outcome.sectors,
        UnitName(outcome.unit_bytes), outcome.restored);
    if (outcome.from_journal)
      text += fmt::format(
          " ({} from the journal, without writes made since the injection)",
          outcome.from_journal);
    if (outcome.newer)
      text +=
          fmt::format("; {} were written by others since and stay as they are",
                      outcome.newer);
    text += "\n";
  }
  if (!text.empty()) PrintDone(text, "it is undone anyway");
  return status;
}

}  // namespace

Command AddRestore(CLI::App& root) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* app = root.add_subcommand(
      "restore", "Undo everything that the injection journal still lists");
  app->add_option(
      "FILE", options->file,
      "Only what was injected into this file; everything by default");
  app->add_option("--journal", options->journal,
                  "Where 'daxmend inject' kept it")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->footer(
      "Needs root. Poison that was injected and not repaired since is taken "
      "out of the firmware,\nand its sectors get their newest bytes back: the "
      "media's own where it can be read below the\nkernel's list, those that "
      "the journal kept elsewhere. The range that a killed 'daxmend\nvalidate' "
      "overwrote gets its bytes back, but for sectors that were written since "
      "(where the\nfirmware may change bytes, those, too); its namespace must "
      "not be in use. A CXL\nmemory device that a killed 'daxmend validate "
      "--memdev' changed is as it was, and has its driver. Exit\nstatus: 0 all "
      "undone, 2 some could not be (they "
      "stay in the "
      "journal).");
  return {app, [options] { return RunRestore(*options); }};
}

}  // namespace daxmend
