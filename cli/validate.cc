// SPDX-License-Identifier: GPL-2.0-only

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "core/error.h"
#include "inject/privilege.h"
#include "records/environment.h"
#include "results/standard_output.h"
#include "results/validation/validation_report.h"
#include "system/file_io.h"
#include "validate/borrowed_namespace.h"
#include "validate/kernel_bus.h"
#include "validate/validation.h"

namespace daxmend {
namespace {

volatile std::sig_atomic_t stop_validating = 0;

struct ValidateOptions {
  std::string bus, namespace_name;
  std::string journal = kDefaultJournal;
  std::string junit, json, html;
  std::vector<std::string> only;
  bool destructive = false, before_reboot = false, after_reboot = false;
  bool loads = false;
  bool list = false, markdown = false;
};

int List(const ValidateOptions& options) {
  std::vector<CheckDescription> checks;
  for (const Check& check : AllChecks()) checks.push_back(check.description);
  PrintOut(options.json == "-" ? ToJson(checks)
           : options.markdown  ? ChecksAsMarkdown(checks)
                               : ChecksAsText(checks));
  return kOk;
}

void RequireSense(const ValidateOptions& options) {
  if (options.bus.empty())
    throw Error({.thing = "--bus",
                 .cause = "is missing",
                 .way_out = "name the bus (see 'ndctl list -B'), or use "
                            "--list"});
  const bool reboot = options.before_reboot || options.after_reboot;
  if (options.destructive && options.namespace_name.empty())
    throw Error({.thing = "--destructive",
                 .cause = "needs --namespace",
                 .way_out = "name the namespace to poison and overwrite"});
  if (!options.destructive && !options.namespace_name.empty())
    throw Error({.thing = "--namespace",
                 .cause = "is only for --destructive",
                 .way_out = "add that, or leave --namespace out"});
  if (options.loads && !options.destructive)
    throw Error({.thing = "--loads",
                 .cause = "needs --destructive and --namespace",
                 .way_out = "add them"});
  if (reboot && !options.destructive)
    throw Error({.thing = "--before-reboot and --after-reboot",
                 .cause = "need --destructive and --namespace",
                 .way_out = "add them"});
}

int RunValidate(const ValidateOptions& options) {
  if (options.list) return List(options);
  RequireSense(options);
  RequireAdmin("asking NVDIMM firmware");
  // What was there is put back before the process ends.
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    std::signal(signal, [](int) { stop_validating = 1; });
  KernelBus bus(options.bus);
  ValidationOptions how;
  how.only = options.only;
  how.loads = options.loads;
  how.reboot = options.before_reboot  ? Reboot::kBefore
               : options.after_reboot ? Reboot::kAfter
                                      : Reboot::kNone;
  std::optional<BorrowedNamespace> borrowed;
  if (options.destructive)
    borrowed.emplace(options.namespace_name, bus.name(), options.journal,
                     how.reboot);
  how.overwriting = [&](SectorRange sectors) {
    std::fprintf(stderr,
                 "daxmend validate: poisons and overwrites sectors %llu to "
                 "%llu of /dev/%s (%s); their bytes are put back %s\n",
                 static_cast<unsigned long long>(sectors.begin),
                 static_cast<unsigned long long>(sectors.end),
                 borrowed->target().disk_name.c_str(),
                 options.namespace_name.c_str(),
                 options.before_reboot ? "by the run with --after-reboot"
                                       : "at the end");
  };
  how.cancelled = [] { return stop_validating != 0; };
  const bool people = isatty(STDERR_FILENO);
  if (people)
    how.progress = [](const CheckDescription& check, size_t at, size_t of) {
      std::fprintf(stderr, "\r\033[K[%zu/%zu] %s %s", at + 1, of,
                   check.id.c_str(), check.title.c_str());
    };
  ValidationRecord record =
      Validate(bus, borrowed ? &borrowed->target() : nullptr, how);
  if (people) std::fprintf(stderr, "\r\033[K");
  record.environment = DescribeEnvironment();
  if (!options.json.empty() && options.json != "-")
    ReplaceFile(options.json, ToJson(record));
  if (!options.junit.empty())
    ReplaceFile(options.junit, ValidationAsJunit(record));
  if (!options.html.empty())
    ReplaceFile(options.html, ValidationAsHtml(record));
  PrintOut(options.json == "-" ? ToJson(record)
                               : ValidationAsText(record, OutputColumns()));
  return record.Count(CheckVerdict::kFail) == 0 && record.left_behind.empty()
             ? kOk
             : kFailed;
}

}  // namespace

Command AddValidate(CLI::App& root) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* app = root.add_subcommand(
      "validate", "Check an NVDIMM's firmware against ACPI");
  app->add_option("--bus", options->bus,
                  "The bus ('ndbus0') or its provider ('ACPI.NFIT')");
  app->add_option("--namespace", options->namespace_name,
                  "Where destructive checks may write: the last MiB of this "
                  "namespace, which must not be in use");
  app->add_flag("--destructive", options->destructive,
                "Also run the checks that poison and write there");
  app->add_flag(
      "--loads", options->loads,
      "Also let the driver load from poison that it does not know of: "
      "a machine check, which not every processor survives");
  app->add_option("--only", options->only, "Only these checks (ID,...)")
      ->delimiter(',');
  CLI::Option* before = app->add_flag(
      "--before-reboot", options->before_reboot,
      "Leave an error and a repaired one for a run after a reboot");
  app->add_flag("--after-reboot", options->after_reboot,
                "Check those errors, then uninject them")
      ->excludes(before);
  app->add_option("--journal", options->journal,
                  "Where undo information goes; must outlast the reboot")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  app->add_option("--html", options->html, "Write a self-contained page");
  app->add_option("--json", options->json,
                  "Write everything as JSON; '-' prints it instead of text");
  app->add_option("--junit", options->junit, "Write JUnit XML");
  CLI::Option* list = app->add_flag("--list", options->list, "List the checks");
  app->add_flag("--markdown", options->markdown, "Print the list as Markdown")
      ->needs(list);
  app->footer(
      "Needs root. Read-only without --destructive: scrubs are started, "
      "nothing is poisoned or\nwritten. With it, the bytes of the last MiB go "
      "into the journal before anything is injected;\nthey are put back at the "
      "end, and after a run that was killed by 'daxmend restore', which\ngives "
      "every byte back. Exit status: 0 no check failed, 1 one did, 2 an "
      "error.");
  return {app, [options] { return RunValidate(*options); }};
}

}  // namespace daxmend
