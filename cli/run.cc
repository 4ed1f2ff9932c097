// SPDX-License-Identifier: GPL-2.0-only

#include <memory>

#include "cli/command.h"
#include "results/fio_run.h"

namespace daxmend {

Command AddRun(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "run", "Run fio and keep its results beside the engine's");
  auto directory = std::make_shared<std::string>("results/latest");
  app->add_option("--out", *directory,
                  "Directory for fio.json; the job's path_log=DIR/run.json "
                  "puts the engine's record beside it")
      ->type_name("DIR")
      ->capture_default_str();
  app->footer(
      "Everything after the options above, job files and fio's own options, "
      "goes to fio.\nExit status: fio's; 2 when fio could not be run or its "
      "results could not be kept.\n\n"
      "Example: daxmend run --out results/latest jobs/recovery.fio");
  app->prefix_command();
  return {app, [app, directory] {
            std::vector<std::string> arguments = app->remaining();
            if (!arguments.empty() && arguments.front() == "--")
              arguments.erase(arguments.begin());
            return RunFio(*directory, arguments);
          }};
}

}  // namespace daxmend
