// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/command.h"
#include "cli/moved_prefix.h"
#include "core/printable.h"
#include "results/bench/bench_power.h"
#include "results/bench/bench_run.h"
#include "results/standard_output.h"

namespace daxmend {
namespace {

struct BenchOptions {
  BenchRequest request;
  std::string a, b;
  unsigned trials = 0;
  uint64_t seed = 1;
};

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

int Bench(const BenchOptions& options) {
  if (options.trials) {
    PrintOut(PowerTable(options.trials, options.seed));
    return kOk;
  }
  BenchRequest request = options.request;
  request.a = Words(options.a);
  request.b = Words(options.b);
  if (isatty(STDERR_FILENO))
    request.progress = [](const std::string& text) {
      std::fprintf(stderr, "\rdaxmend bench: %s ", text.c_str());
    };
  const MovedPrefix moved(ThisInstallation());
  const BenchSamples samples = RunBench(request);
  if (request.progress) std::fputc('\n', stderr);
  const std::string where = request.directory;
  PrintOut(fmt::format("{} pairs of {} numbers in {}/samples.json\n",
                       request.pairs, samples.series.size(), where));
  const std::string wrong = ClockRefusal(samples.clock_check, where);
  if (!wrong.empty()) {
    std::fprintf(stderr, "daxmend bench: %s\n", Printable(wrong).c_str());
    return kError;
  }
  PrintOut("'daxmend gate " + where + "' judges them\n");
  return kOk;
}

}  // namespace

Command AddBench(CLI::App& root) {
  auto options = std::make_shared<BenchOptions>();
  BenchRequest& request = options->request;
  request.directory = "results/samples";
  CLI::App* app = root.add_subcommand(
      "bench", "Run fio with two settings in turn, for the wall clock's gate");
  app->add_option("--pairs", request.pairs, "Runs of each setting")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app->add_option("--warmup", request.warmup,
                  "Warm-up runs of each setting, discarded")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app->add_option("--a", options->a, "What setting A adds (see below)")
      ->type_name("WORDS");
  app->add_option("--b", options->b, "What setting B adds")->type_name("WORDS");
  app->add_option("--out", request.directory, "Directory for samples.json")
      ->type_name("DIR")
      ->capture_default_str();
  auto* power = app->add_option(
      "--simulate", options->trials,
      "Run nothing: print how often the gate is right, wrong or inconclusive, "
      "over so many\nsimulated comparisons");
  app->add_option("--seed", options->seed, "Seed of the simulation")
      ->needs(power);
  app->add_option("JOB", request.job, "fio's arguments, after --");
  app->footer(
      "Runs go A B B A A B ...; without --a and --b both are the same and only "
      "the noise is\nmeasured. Of WORDS (split at spaces), those like "
      "NAME=VALUE set fio's environment, the\nothers are fio's arguments "
      "before JOB. Two builds of the engine, for a job file with\n"
      "ioengine=external:${ENGINE}:\n\n"
      "  daxmend bench --pairs 40 --a ENGINE=old/fio-daxmend.so --b "
      "ENGINE=new/fio-daxmend.so -- job.fio\n  daxmend gate results/samples\n\n"
      "Exit status: 0 measured, 2 fio failed, the samples could not be "
      "written, or\nthe guest's clock ran at a wrong rate or could not be "
      "checked (samples.json says which).");
  return {app, [options] { return Bench(*options); }};
}

}  // namespace daxmend
