// SPDX-License-Identifier: GPL-2.0-only

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/size.h"
#include "core/error.h"
#include "core/file_io.h"
#include "inject/plant_in.h"

namespace daxmend {
namespace {

volatile std::sig_atomic_t interrupted = 0;

struct Options {
  PlantRequest request;
  std::string journal = kDefaultJournal;
  std::optional<std::string> plan_file;
  std::optional<double> rate;      // arrivals a second
  std::optional<double> duration;  // seconds of them
  bool no_wait = false;
  bool dry_run = false;
  bool json = false;
};

int RunOverTime(const Options& options, Journal& journal,
                const PlantOptions& how) {
  const PlantedOverTime planted = PlantOverTime(
      options.request,
      PlanArrivals(*options.rate, *options.duration, options.request.plan.seed),
      journal, how);
  std::printf(
      "%s: %llu of %llu arrivals came: planted %llu sectors, %llu met "
      "poison that was there\n",
      options.request.target.c_str(),
      static_cast<unsigned long long>(planted.arrivals),
      static_cast<unsigned long long>(planted.planned),
      static_cast<unsigned long long>(planted.sectors),
      static_cast<unsigned long long>(planted.already_bad));
  std::puts(
      "what is not repaired stays poisoned ('daxmend restore' undoes it)");
  return kYes;
}

int Run(Options options) {
  if (options.plan_file) {
    options.request.plan_text = ReadFile(*options.plan_file);
    options.request.plan_source = *options.plan_file;
  }
  // Whatever was planted is taken back before the process ends.
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    std::signal(signal, [](int) { interrupted = 1; });
  Journal journal(options.journal);
  PlantOptions how;
  how.wait = !options.no_wait;
  how.dry_run = options.dry_run;
  how.cancelled = [] { return interrupted != 0; };
  if (isatty(STDERR_FILENO))
    how.progress = [](const std::string& text) {
      std::fprintf(stderr, "daxmend inject: %s\n", text.c_str());
    };
  if (options.rate) return RunOverTime(options, journal, how);
  const PlantResult result = PlantIn(options.request, journal, how);
  if (options.json) {
    std::fputs(ToJson(InjectionRecord{{result.injection}}).c_str(), stdout);
    return kYes;
  }
  const InjectionRecord planted{{result.injection}};
  std::printf("%s: %s %llu sectors in %llu pages of %s (%s)\n",
              options.request.target.c_str(),
              options.dry_run ? "would plant" : "planted",
              static_cast<unsigned long long>(planted.PlantedSectors()),
              static_cast<unsigned long long>(planted.PlantedPages()),
              result.injection.device.c_str(),
              result.injection.injector.c_str());
  if (result.already_bad)
    std::printf("%llu sectors were bad already and were left alone\n",
                static_cast<unsigned long long>(result.already_bad));
  if (result.journal_entry.empty()) return kYes;
  if (!result.lists)
    std::puts("the kernel lists none of them, it took their mappings away");
  else if (options.no_wait)
    std::puts("not waiting for the kernel to list them (--no-wait)");
  else
    std::printf("the kernel lists them all after %.2f s\n",
                static_cast<double>(result.waited_ns) / 1e9);
  std::printf("journal: %s/%s.json ('daxmend restore' undoes it)\n",
              options.journal.c_str(), result.journal_entry.c_str());
  return kYes;
}

}  // namespace

Command AddInject(CLI::App& root) {
  auto options = std::make_shared<Options>();
  CLI::App* app =
      root.add_subcommand("inject", "Plant poison in a DAX file or a device");
  app->add_option("TARGET", options->request.target,
                  "A file on fsdax, or a persistent-memory block device")
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
                  "Bytes of one span; below 4096, each is in a page of its own")
      ->transform(SizeInBytes())
      ->capture_default_str();
  CLI::Option* seed =
      app->add_option("--seed", options->request.plan.seed,
                      "Which spans are drawn, and when they arrive")
          ->capture_default_str();
  CLI::Option* plan =
      app->add_option(
             "--plan", options->plan_file,
             "Poison exactly the ranges of this JSON file, as 'daxmend "
             "list --json' prints them: of a file by their offsets in it, "
             "of a device by its sectors")
          ->excludes(count)
          ->excludes(every);
  app->add_option("--via", options->request.injector.via,
                  "The injector: ndctl, badblocks, mce, hwpoison or combined; "
                  "by default ndctl where the\nfirmware can be injected and "
                  "badblocks elsewhere ('daxmend injectors' tells)");
  app->add_flag(
      "--no-saturate",
      [options](int64_t) { options->request.injector.saturate = false; },
      "Poison only the first clear unit of each sector (ndctl), the "
      "least there is: 256\nbytes in the emulated NVDIMM. The kernel "
      "lists the whole sector all the same");
  app->add_flag("--force", options->request.safety.force,
                "Also a file with several names, the root file system's disk, "
                "a device that is in use");
  app->add_flag("--allow-metadata", options->request.safety.allow_metadata,
                "Of a device, also poison what is no file's: metadata, free "
                "space, what is not mounted");
  CLI::Option* dry_run =
      app->add_flag("--dry-run", options->dry_run,
                    "Say what would be planted and plant nothing");
  app->add_flag("--no-wait", options->no_wait,
                "Do not wait until the kernel lists the poison (about 1 s)");
  app->add_option("--record", options->request.record,
                  "Append what was planted to this inject.json");
  app->add_option("--journal", options->journal, "Where undo information goes")
      ->envname("DAXMEND_JOURNAL")
      ->capture_default_str();
  CLI::Option* json =
      app->add_flag("--json", options->json, "Print what was planted as JSON");
  CLI::Option* rate = app->add_option(
      "--rate", options->rate,
      "Poison spans that arrive over time instead, so many a second on "
      "average\n(a Poisson process of --seed); each is an entry of its own in "
      "journal and record");
  CLI::Option* duration = app->add_option(
      "--for", options->duration,
      "Seconds of that; Ctrl-C ends it, and what has arrived stays");
  rate->needs(duration);
  duration->needs(rate);
  for (CLI::Option* at_once : {count, every, plan, dry_run, json})
    rate->excludes(at_once);
  app->footer(
      "Needs root. The journal is written before anything is planted; 'daxmend "
      "restore' undoes\nwhat it lists, with the bytes that were there. "
      "Interrupted or refused by the firmware:\nnothing stays planted. Exit "
      "status: 0 planted, 2 not.");
  return {app, [options, seed, count, rate] {
            if (seed->count() && !count->count() && !rate->count())
              throw Error(
                  "--seed draws what --count or --rate poison: name "
                  "one of them");
            return Run(*options);
          }};
}

}  // namespace daxmend
