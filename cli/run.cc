// SPDX-License-Identifier: GPL-2.0-only

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commit.h"
#include "cli/moved_prefix.h"
#include "core/version.h"
#include "results/hosts/run_on_hosts.h"
#include "results/run/fio_run.h"

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
  auto clients = std::make_shared<std::vector<std::string>>();
  app->add_option("--client", *clients,
                  "Run the job files on this host's fio --server, or on those "
                  "of a FILE that lists some; again for each host. What they "
                  "measured is added up in DIR (docs/hosts.md)")
      ->type_name("HOST|FILE")
      ->allow_extra_args(false);
  app->footer(
      "Usage in full: daxmend run [--out DIR] [--] FIO-ARGUMENTS...\n"
      "From the first argument that is not above, or from --, all go to fio as "
      "they are;\nwith --client= all are job files.\n"
      "Exit status: fio's; 2 when fio could not be run or its results could "
      "not be kept.\n\nExample: daxmend run --out results/latest "
      "jobs/recovery.fio\n         daxmend run --client=host1 --client=host2 "
      "jobs/recovery.fio");
  app->prefix_command();
  // What follows -- falls to the root command, which takes it for this one.
  app->preparse_callback([&root](size_t) { root.allow_extras(); });
  return {app, [app, &root, directory, clients] {
            std::vector<std::string> arguments = app->remaining();
            for (const std::string& argument : root.remaining())
              arguments.push_back(argument);
            const MovedPrefix moved(ThisInstallation());
            // Of the guest's init: date and host are added when it has ended.
            const bool in_guest = std::getenv("DAXMEND_BOOT") != nullptr;
            const Origin origin = OriginOfThis(kVersion, kCommit, in_guest);
            if (!clients->empty())
              return RunOnHosts(*directory, *clients, arguments, origin);
            RequireNoClient(arguments);
            return RunFio(*directory, arguments, origin);
          }};
}

}  // namespace daxmend
