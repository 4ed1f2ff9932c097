// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/print_done.h"
#include "cli/size.h"
#include "core/error.h"
#include "core/printable.h"
#include "inject/inject_in.h"
#include "results/standard_output.h"
#include "system/input_file.h"

namespace daxmend {
namespace {

// A plan of a million ranges has some 200 MB.
constexpr uint64_t kMostPlan = uint64_t{1} << 28;

volatile std::sig_atomic_t stop_injecting = 0;

struct InjectFlags {
  InjectRequest request;
  std::string journal = kDefaultJournal;
  std::optional<std::string> plan_file;
  std::optional<double> rate;      // arrivals a second
  std::optional<double> duration;  // seconds of them
  bool no_wait = false;
  bool dry_run = false;
  bool json = false;
};

constexpr char kStays[] =
    "the poison stays injected, 'daxmend restore' undoes it";

std::string ToText(const InjectFlags& options, const InjectResult& result,
                   const InjectionRecord& injected) {
  const bool by_kernel = result.injection.unit_bytes == kSectorBytes;
  const char* unit = UnitName(result.injection.unit_bytes);
  const char* lister = by_kernel ? "the kernel" : "the device";
  std::string text =
      fmt::format("{}: {}{} {}s in {} pages of {} ({})\n",
                  Printable(options.request.target),
                  options.dry_run ? "would inject " : "injected ",
                  injected.InjectedSectors(), unit, injected.InjectedPages(),
                  result.injection.device, result.injection.injector);
  if (result.already_bad)
    text += fmt::format("{} {}s were bad already and were left alone\n",
                        result.already_bad, unit);
  if (result.repaired)
    text += fmt::format("{} {}s were repaired before they were checked\n",
                        result.repaired, unit);
  if (result.cut)
    text +=
        "the kernel's list is longer than sysfs shows: 'daxmend list' prints "
        "its beginning\n";
  if (result.journal_entry.empty()) return text;
  char waited[32];
  std::snprintf(waited, sizeof waited, "%.2f",
                static_cast<double>(result.waited_ns) / 1e9);
  text +=
      result.injection.injector == "silent"
          ? "the kernel knows of none until a load or a scrub meets them\n"
      : !result.lists
          ? "the kernel lists none of them: it unmapped their pages\n"
      : options.no_wait
          ? fmt::format("not waiting for {} to list them (--no-wait)\n", lister)
          : fmt::format("{} lists them all after {} s\n", lister, waited);
  return text + "journal: " + Printable(options.journal) + "/" +
         result.journal_entry + ".json ('daxmend restore' undoes it)\n";
}

int RunOverTime(const InjectFlags& options, Journal& journal,
                const InjectOptions& how) {
  const InjectedOverTime injected = InjectOverTime(
      options.request,
      PlanArrivals(*options.rate, *options.duration, options.request.plan.seed),
      journal, how);
  PrintDone(
      fmt::format("{}: {} of {} arrivals came: injected {} sectors ({} "
                  "repaired at once), {} hit poison\nsectors not repaired stay "
                  "poisoned ('daxmend restore' undoes it)\n",
                  Printable(options.request.target), injected.arrivals,
                  injected.planned, injected.sectors, injected.repaired,
                  injected.already_bad),
      kStays);
  return kOk;
}

int RunInject(InjectFlags options) {
  if (options.plan_file) {
    options.request.plan_text = ReadInputFile(*options.plan_file, kMostPlan);
    options.request.plan_source = *options.plan_file;
  }
  // Whatever was injected is uninjected before the process ends.
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    std::signal(signal, [](int) { stop_injecting = 1; });
  Journal journal(options.journal);
  InjectOptions how;
  how.wait = !options.no_wait;
  how.dry_run = options.dry_run;
  how.cancelled = [] { return stop_injecting != 0; };
  if (isatty(STDERR_FILENO))
    how.progress = [](const std::string& text) {
      std::fprintf(stderr, "daxmend inject: %s\n", Printable(text).c_str());
    };
  if (options.rate) return RunOverTime(options, journal, how);
  const InjectResult result = InjectIn(options.request, journal, how);
  const InjectionRecord injected{{result.injection}};
  const std::string text =
      options.json ? ToJson(injected) : ToText(options, result, injected);
  if (result.journal_entry.empty())
    PrintOut(text);
  else
    PrintDone(text, kStays);
  return kOk;
}

}  // namespace

Command AddInject(CLI::App& root) {
  auto options = std::make_shared<InjectFlags>();
  CLI::App* app = root.add_subcommand(
      "inject", "Inject poison into a DAX file or a device");
  app->add_option("TARGET", options->request.target,
                  "A file on fsdax, a persistent-memory block device, or "
                  "device-dax (/dev/dax0.0)")
      ->required();
  app->add_option("--offset", options->request.plan.offset,
                  "First byte of the region (sizes take k, m, g)")
      ->transform(SizeInBytes());
  app->add_option("--length", options->request.plan.length,
                  "Bytes of the region; to the end of the file by default")
      ->transform(SizeInBytes());
  CLI::Option* count = app->add_option(
      "--count", options->request.plan.count,
      "Poison this many spans drawn from the region, not all of it");
  CLI::Option* every =
      app->add_option("--every", options->request.plan.every,
                      "Poison a span at the beginning of every so many bytes")
          ->transform(SizeInBytes())
          ->excludes(count);
  app->add_option("--span", options->request.plan.span,
                  "Bytes of one span, or unit, for the least that the device "
                  "can poison; below 4096,\neach is in a page of its own")
      ->transform(CLI::Validator(
          [](std::string& word) {
            if (word == "unit")
              word = "0";
            else
              return SizeInBytes()(word);
            return std::string();
          },
          "SIZE"))
      ->capture_default_str();
  CLI::Option* seed =
      app->add_option("--seed", options->request.plan.seed,
                      "Seed of the spans drawn, and of their arrivals")
          ->capture_default_str();
  CLI::Option* plan =
      app->add_option(
             "--plan", options->plan_file,
             "Poison exactly the ranges of this JSON file, as 'daxmend "
             "list --json' prints them: of a file by their offsets in it, "
             "of a device by its sectors")
          ->excludes(count)
          ->excludes(every);
  CLI::Option* via = app->add_option(
      "--via", options->request.injector.via,
      "The injector: ndctl, badblocks, mce, hwpoison, combined or silent; "
      "by default ndctl where the\nfirmware has ARS error "
      "injection and badblocks elsewhere (see 'daxmend injectors')");
  app->add_flag(
         "--silent",
         [options](int64_t) { options->request.injector.via = "silent"; },
         "As --via silent: poison that nobody knows of until a load or a scrub "
         "meets it; no\nnotification, no scrub, not listed")
      ->excludes(via);
  app->add_flag(
      "--no-saturate",
      [options](int64_t) { options->request.injector.saturate = false; },
      "Poison only the first clear unit of each sector (ndctl), the "
      "least there is: 256\nbytes in the emulated NVDIMM. The kernel "
      "lists the whole sector anyway");
  app->add_flag("--force", options->request.safety.force,
                "Also a file with several names, the root file system's disk, "
                "a device that is in use");
  app->add_flag(
      "--allow-metadata", options->request.safety.allow_metadata,
      "On a device, also poison sectors that belong to no file: metadata, "
      "free space, a file\nsystem that is not mounted");
  CLI::Option* dry_run =
      app->add_flag("--dry-run", options->dry_run,
                    "Print what would be injected and inject nothing");
  app->add_flag("--no-wait", options->no_wait,
                "Do not wait until the kernel lists the poison (about 1 s)");
  app->add_option("--record", options->request.record,
                  "Append what was injected to this inject.json");
  app->add_option("--journal", options->journal, "Where undo information goes")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  CLI::Option* json =
      app->add_flag("--json", options->json, "Print what was injected as JSON");
  CLI::Option* rate = app->add_option(
      "--rate", options->rate,
      "Poison spans that arrive over time instead, so many a second on "
      "average\n(a Poisson process of --seed); each is an entry of its own in "
      "journal and record");
  CLI::Option* duration = app->add_option(
      "--for", options->duration,
      "Seconds of arrivals; Ctrl-C ends them, and poison that arrived stays");
  rate->needs(duration);
  duration->needs(rate);
  for (CLI::Option* at_once : {count, every, plan, dry_run, json})
    rate->excludes(at_once);
  app->footer(
      "Needs root. The journal is written before anything is injected; "
      "'daxmend "
      "restore' undoes\nwhat it lists, with the newest bytes that are known. "
      "Interrupted or refused by the firmware:\nnothing stays injected. The "
      "kernel lists at most 512 ranges and shows some 450 of them.\nExit "
      "status: 0 injected, 2 not.");
  return {app, [options, seed, count, rate] {
            if (seed->count() && !count->count() && !rate->count())
              throw Error({.thing = "--seed",
                           .cause = "draws the spans of --count or --rate",
                           .way_out = "name one of them"});
            return RunInject(*options);
          }};
}

}  // namespace daxmend
