// SPDX-License-Identifier: GPL-2.0-only

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "core/error.h"
#include "core/printable.h"
#include "results/bench/bench_samples.h"
#include "results/gate/gate_formats.h"
#include "results/gate/gate_self_test.h"
#include "results/gate/reference_run.h"
#include "results/run/run_directory.h"
#include "results/standard_output.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

struct GateOptions {
  std::string base, next, policy, junit;
  bool github = false, json = false, self_test = false;
};

GateResult Judge(const GateOptions& options, const Policy& policy) {
  const std::string samples = options.base + "/samples.json";
  if (options.next.empty() && access(samples.c_str(), F_OK) == 0)
    return JudgeSamples(BenchSamplesFromJson(ReadFile(samples), samples),
                        policy, options.policy);
  if (options.next.empty())
    throw Error({.thing = "NEW",
                 .cause = "is missing, and " + options.base +
                          " has no samples.json of daxmend bench",
                 .way_out = "run daxmend gate BASE NEW"});
  const Run base = LoadRun(options.base), next = LoadRun(options.next);
  ProfilePair profiles;
  if (base.profile && next.profile) profiles = {&*base.profile, &*next.profile};
  return JudgeRuns(base.record, options.base, next.record, options.next, policy,
                   options.policy, profiles);
}

int Gate(const GateOptions& options) {
  if (options.self_test) {
    const SelfTestResult result =
        SelfTestGate(options.base.empty()
                         ? RunRecordFromJson(kReferenceRun, "the built-in run")
                         : LoadRun(options.base).record);
    PrintOut(result.table);
    return result.right ? kOk : kFailed;
  }
  if (options.base.empty())
    throw Error({.thing = "BASE",
                 .cause = "is missing",
                 .way_out = "run daxmend gate BASE NEW"});
  Policy policy;
  if (!options.policy.empty())
    policy = PolicyFromJson(ReadFile(options.policy), options.policy);
  const GateResult result = Judge(options, policy);
  if (!options.junit.empty()) ReplaceFile(options.junit, GateAsJunit(result));
  if (options.json)
    PrintOut(GateAsJson(result));
  else if (result.refusal.empty())
    PrintOut(GateAsText(result));
  else
    std::fprintf(stderr, "daxmend gate: %s\n",
                 Printable(result.refusal).c_str());
  if (options.github) PrintOut(GateAsGithub(result));
  return result.Status();
}

// ", ios, bytes, ...", in lines.
std::string CounterKeys() {
  std::string keys;
  size_t line = 0;
  for (const CounterKind& kind : kCounters) {
    const size_t more = std::string(kind.key).size() + 2;
    keys += line + more > 80 ? ",\n" : ", ";
    line = line + more > 80 ? more : line + more;
    keys += kind.key;
  }
  return keys;
}

}  // namespace

Command AddGate(CLI::App& root) {
  CLI::App* app =
      root.add_subcommand("gate", "Judge a run against a baseline, for CI");
  auto options = std::make_shared<GateOptions>();
  app->add_option(
      "BASE", options->base,
      "Directory of the baseline's run (run.json), or of samples of "
      "daxmend bench");
  app->add_option("NEW", options->next, "Directory of the run to be judged");
  app->add_option("--policy", options->policy,
                  "What may change, and by how much (JSON, see below)")
      ->type_name("FILE");
  app->add_option("--junit", options->junit,
                  "Write the verdicts as JUnit XML, a test case a path")
      ->type_name("FILE");
  auto* json = app->add_flag("--json", options->json, "Print JSON");
  app->add_flag("--github", options->github,
                "Print annotations for GitHub Actions, too")
      ->excludes(json);
  app->add_flag("--self-test", options->self_test,
                "Change the run BASE (by default a built-in one) in known ways "
                "and\nprint which of the changes the gate finds");
  app->footer(
      "Runs of the virtual clock are compared number by number, exactly. Both "
      "must come from the\nsame kernel, QEMU, CPU model, fio, file system and "
      "job text; else the answer is 2.\n\n"
      "A policy allows changes:\n"
      "  {\"schema\": 1, \"rules\": [\n"
      "    {\"job\": \"fast-*\", \"path\": \"fast\", \"metric\": \"mean\", "
      "\"tolerance\": 5},\n"
      "    {\"path\": \"recovery\", \"tolerance_percent\": 0.5},\n"
      "    {\"metric\": \"throughput\", \"ignore\": true}]}\n"
      "job, path and metric are shell patterns (\"*\" when left out), "
      "tolerance is in the metric's\nown unit (instructions per I/O), "
      "tolerance_percent a share of the baseline, event what one\n"
      "event may add to all of a job (means, per_io, throughput); \"clean\": "
      "true "
      "keeps it to\njobs that met no poison. The last rule that matches "
      "counts; one that matches nothing is an error. Paths: fast, detect, "
      "salvage, repair,\nwindow, recovery (mean, min, p50, p99, p999, max, "
      "count), job "
      "(throughput, per_io" +
      CounterKeys() +
      "); poison of job\n(run) "
      "(planted_sectors, planted_pages, remaining_sectors).\n\n"
      "Where both runs have a profile (daxmend profile), each path has its "
      "work, too: the\ninstructions of the I/O in the middle without "
      "interrupts and other threads. It is judged\nexactly, in place of the "
      "times that interrupts are in, and a change names its functions.\n\n"
      "Whatever a policy says, a percentile is judged only where 10 samples "
      "lie beyond it (p99:\n1,000 I/Os, p99.9: 10,000), the p50 of fewer than "
      "20 I/Os to one bucket of the histogram,\nand max never.\n\n"
      "Samples of daxmend bench (wall clock) are judged by the Hodges-Lehmann "
      "ratio and its\nconfidence interval (Wilcoxon's signed-rank test): p50 "
      "and throughput at 5 %, or what a\npolicy says in tolerance_percent; "
      "failed_ios and lost_sectors must not rise. When the\nnoise is above the "
      "threshold the answer is 2, inconclusive.\n\n"
      "Exit status: 0 nothing got worse, 1 something did, 2 the runs cannot be "
      "compared (other\nfingerprints, unreadable results, a guest whose clock "
      "ran at a wrong rate or\ncould not be checked) or the samples are "
      "inconclusive.");
  return {app, [options] { return Gate(*options); }};
}

}  // namespace daxmend
