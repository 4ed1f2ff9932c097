// SPDX-License-Identifier: GPL-2.0-only

#include "results/history/history.h"

#include <cstdio>
#include <ctime>
#include <memory>

#include "cli/command.h"
#include "results/run/run_directory.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

struct HistoryOptions {
  std::string database = "results/history/history.sqlite";
  std::string directory, label, since;
  HistoryFilter filter;
  bool json = false;
};

int Add(const HistoryOptions& options) {
  const RunRecord record = LoadRun(options.directory).record;
  History(options.database, true)
      .Add(record, options.label, std::time(nullptr));
  PrintOut(options.directory + " was added to " + options.database + "\n");
  return kOk;
}

int Show(const HistoryOptions& options) {
  HistoryFilter filter = options.filter;
  if (!options.since.empty())
    filter.since = ParseSince(options.since, std::time(nullptr));
  const auto series = History(options.database, false).Series(filter);
  PrintOut(options.json ? HistoryAsJson(series) : HistoryAsText(series));
  return kOk;
}

}  // namespace

Command AddHistory(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "history", "Keep results over time and find where they changed");
  auto options = std::make_shared<HistoryOptions>();
  app->require_subcommand(1);
  app->fallthrough();
  app->add_option("--db", options->database, "The history, an SQLite file")
      ->type_name("FILE")
      ->envname("DAXMEND_HISTORY")
      ->capture_default_str();

  CLI::App* add = app->add_subcommand("add", "Add a run to the history");
  add->add_option("DIR", options->directory, "Directory of the run (run.json)")
      ->required();
  add->add_option("--label", options->label,
                  "What to call it, a commit for example");

  CLI::App* show =
      app->add_subcommand("show", "Print the series and their changes");
  show->add_option("--metric", options->filter.metric,
                   "mean, p50, p99, p999, min, max, count, throughput, "
                   "failed_ios ...; a shell pattern")
      ->capture_default_str();
  show->add_option("--job", options->filter.job, "Jobs, a shell pattern")
      ->capture_default_str();
  show->add_option("--path", options->filter.path, "Paths, a shell pattern")
      ->capture_default_str();
  show->add_option("--since", options->since,
                   "Only since 2026-11-22, '2026-11-22 10:15' (UTC) or 30d ago")
      ->type_name("TIME");
  show->add_flag("--json", options->json, "Print JSON");

  app->footer(
      "Only runs of one fingerprint (kernel, machine, CPU model, QEMU, fio, "
      "file system, job text)\nmake a series. Under the virtual clock every "
      "difference is a change; under the wall clock\nchanges are found by "
      "Pettitt's test (Applied Statistics 28, 1979) at p < 0.01, in binary\n"
      "segmentation. A run of a guest whose clock was wrong or could not be "
      "checked is not added. Several\nmay add at the same time.\n\n"
      "Exit status: 0 done, 2 not.");
  return {app, [options, add] {
            return add->parsed() ? Add(*options) : Show(*options);
          }};
}

}  // namespace daxmend
