// SPDX-License-Identifier: GPL-2.0-only

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "cli/command.h"
#include "core/error.h"
#include "inject/privilege.h"
#include "records/environment.h"
#include "results/standard_output.h"
#include "results/validation/validation_report.h"
#include "system/file_io.h"
#include "validate/borrowed_namespace.h"
#include "validate/kernel_bus.h"
#include "validate/memdev/memdev_session.h"
#include "validate/memdev/memdev_validation.h"
#include "validate/validation.h"

namespace daxmend {
namespace {

volatile std::sig_atomic_t stop_validating = 0;

struct ValidateOptions {
  std::string bus, namespace_name, memdev;
  std::string journal = kDefaultJournal;
  std::string junit, json, html;
  std::vector<std::string> only;
  bool destructive = false, before_reboot = false, after_reboot = false;
  bool loads = false, direct = false;
  bool list = false, markdown = false;
  const CLI::Option* memdev_option = nullptr;
};

int List(const ValidateOptions& options) {
  std::vector<CheckDescription> checks;
  if (options.memdev_option->count())
    for (const MemdevCheck& check : AllMemdevChecks())
      checks.push_back(check.description);
  else
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
                 .way_out = "name the bus (see 'ndctl list -B'), or a CXL "
                            "memory device with --memdev, or use --list"});
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

// A CXL memory device has neither a bus nor a namespace here.
void RequireMemdevSense(const ValidateOptions& options) {
  if (options.memdev.empty())
    throw Error({.thing = "--memdev",
                 .cause = "names no device",
                 .way_out = "name one ('mem0') or its serial number (see 'cxl "
                            "list -M'), or use --list"});
  const std::pair<const char*, bool> others[] = {
      {"--bus", !options.bus.empty()},
      {"--namespace", !options.namespace_name.empty()},
      {"--loads", options.loads}};
  for (const auto& [name, is_there] : others)
    if (is_there)
      throw Error({.thing = name,
                   .cause = "is about NVDIMMs, and --memdev about a CXL memory "
                            "device",
                   .way_out = "leave one of them out"});
  if ((options.before_reboot || options.after_reboot) && !options.destructive)
    throw Error({.thing = "--before-reboot and --after-reboot",
                 .cause = "need --destructive",
                 .way_out = "add that"});
}

Reboot RebootOf(const ValidateOptions& options) {
  return options.before_reboot  ? Reboot::kBefore
         : options.after_reboot ? Reboot::kAfter
                                : Reboot::kNone;
}

// What was there is put back before the process ends.
void StopGently() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    std::signal(signal, [](int) { stop_validating = 1; });
}

std::function<void(const CheckDescription&, size_t, size_t)> Progress() {
  if (!isatty(STDERR_FILENO))
    return [](const CheckDescription&, size_t, size_t) {};
  return [](const CheckDescription& check, size_t at, size_t of) {
    std::fprintf(stderr, "\r\033[K[%zu/%zu] %s %s", at + 1, of,
                 check.id.c_str(), check.title.c_str());
  };
}

// Writes the reports; the exit status.
int Report(const ValidateOptions& options, ValidationRecord record) {
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r\033[K");
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

int RunMemdev(const ValidateOptions& options) {
  RequireMemdevSense(options);
  RequireAdmin("asking a CXL memory device");
  StopGently();
  const std::unique_ptr<MemdevHost> host = ThisMachinesMemdevs();
  MemdevSession session({.memdev = options.memdev,
                         .direct = options.direct,
                         .destructive = options.destructive,
                         .reboot = RebootOf(options),
                         .journal = options.journal},
                        *host);
  MemdevOptions how;
  how.only = options.only;
  how.destructive = options.destructive;
  how.reboot = RebootOf(options);
  if (how.reboot == Reboot::kAfter) how.left = session.Left();
  how.leave = [&](const MemdevLeft& left) { session.Leave(left); };
  bool told = false;
  how.keep = [&](const MemdevUndo& undo) {
    session.Keep(undo);
    if (std::exchange(told, true)) return;
    std::fprintf(stderr,
                 "daxmend validate: poisons lines of DPA 0x%llx to 0x%llx of "
                 "%s, which will hold zeros, and writes labels and settings, "
                 "which are put back%s\n",
                 static_cast<unsigned long long>(undo.range.begin),
                 static_cast<unsigned long long>(undo.range.end),
                 session.device().facts().name.c_str(),
                 options.before_reboot
                     ? ", but for what the run with --after-reboot asks for"
                     : "");
  };
  how.restored = [&] { session.Restored(); };
  how.cancelled = [] { return stop_validating != 0; };
  how.progress = Progress();
  ValidationRecord record = ValidateMemdev(session.device(), how);
  try {
    session.End();
  } catch (const Error& error) {
    // What was found out is not lost by that.
    record.left_behind +=
        (record.left_behind.empty() ? "" : "; ") + std::string(error.what());
  }
  return Report(options, std::move(record));
}

int RunValidate(const ValidateOptions& options) {
  if (options.list) return List(options);
  if (options.memdev_option->count()) return RunMemdev(options);
  if (options.direct)
    throw Error({.thing = "--direct",
                 .cause = "is about a CXL memory device",
                 .way_out = "name one with --memdev, or leave it out"});
  RequireSense(options);
  RequireAdmin("asking NVDIMM firmware");
  StopGently();
  KernelBus bus(options.bus);
  ValidationOptions how;
  how.only = options.only;
  how.loads = options.loads;
  how.reboot = RebootOf(options);
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
  how.progress = Progress();
  return Report(options,
                Validate(bus, borrowed ? &borrowed->target() : nullptr, how));
}

}  // namespace

Command AddValidate(CLI::App& root) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* app = root.add_subcommand(
      "validate",
      "Check an NVDIMM's firmware against ACPI, or a CXL memory device against "
      "CXL");
  app->add_option("--bus", options->bus,
                  "The bus ('ndbus0') or its provider ('ACPI.NFIT')");
  options->memdev_option =
      app->add_option("--memdev", options->memdev,
                      "A CXL memory device ('mem0') or its serial number")
          ->expected(0, 1);
  app->add_flag("--direct", options->direct,
                "Ask it by its registers, with its driver taken off, for what "
                "the kernel lets nobody ask");
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
      "every byte back. Of a CXL memory device the last MiB is poisoned, which "
      "must be in no\nregion; it holds zeros then, and labels and settings "
      "are put back. Exit status: 0 no check failed, 1 one did, 2 an "
      "error.");
  return {app, [options] { return RunValidate(*options); }};
}

}  // namespace daxmend
