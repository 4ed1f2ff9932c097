// SPDX-License-Identifier: GPL-2.0-only

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "cli/command.h"
#include "core/error.h"
#include "results/history/history_figures.h"
#include "results/hosts/hosts_table.h"
#include "results/page/html_report.h"
#include "results/report/run_comparison.h"
#include "results/report/table_formats.h"
#include "results/report/text_report.h"
#include "results/standard_output.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

struct ReportOptions {
  std::vector<std::string> directories;
  std::string html, database;
  bool hosts = false, no_html = false, json = false, markdown = false,
       csv = false;
};

// Says what takes so long, once, if it still does after two seconds.
class PatienceNotice {
 public:
  explicit PatienceNotice(const char* text)
      : thread_([text](std::stop_token stop) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any never;
          never.wait_for(lock, stop, std::chrono::seconds(2),
                         [] { return false; });
          if (!stop.stop_requested()) std::fprintf(stderr, "%s\n", text);
        }) {}

 private:
  std::jthread thread_;
};

int Compare(const ReportOptions& options) {
  std::vector<Run> runs;
  for (const std::string& directory : options.directories)
    runs.push_back(LoadRun(directory));
  PrintOut(options.markdown ? ComparisonAsMarkdown(runs)
           : options.csv    ? ComparisonAsCsv(runs)
                            : ComparisonAsText(runs, OutputColumns()));
  if (!options.html.empty()) ReplaceFile(options.html, ComparisonAsHtml(runs));
  return kOk;
}

int ReportHosts(const ReportOptions& options) {
  if (options.directories.size() > 1)
    throw Error({.thing = "--hosts", .cause = "is for one run"});
  const Run run = LoadRun(options.directories.front());
  if (run.hosts.hosts.empty())
    throw Error({.thing = run.directory,
                 .cause = "is the run of one host (it has no hosts.json)",
                 .way_out = "merge several with 'daxmend merge'"});
  PrintOut(options.json       ? ToJson(run.hosts)
           : options.markdown ? HostsAsMarkdown(run.hosts)
           : options.csv      ? HostsAsCsv(run.hosts)
                              : HostsAsText(run.hosts, OutputColumns()));
  return kOk;
}

int Report(const ReportOptions& options) {
  if (options.hosts) return ReportHosts(options);
  if (options.directories.size() > 1) {
    if (options.json)
      throw Error({.thing = "--json",
                   .cause = "is for one run",
                   .way_out = "use --csv for several"});
    return Compare(options);
  }
  const Run run = LoadRun(options.directories.front());
  const bool formatted = options.json || options.markdown || options.csv;
  const std::string table = options.json       ? TableAsJson(run)
                            : options.markdown ? TableAsMarkdown(run)
                            : options.csv      ? TableAsCsv(run)
                                          : TextReport(run, OutputColumns());
  PrintOut(table);
  if (options.no_html) return kOk;

  const std::string path =
      options.html.empty() ? run.directory + "/report.html" : options.html;
  PatienceNotice notice("daxmend report: drawing the plots...");
  ReplaceFile(path,
              HtmlReport(run, options.database.empty()
                                  ? std::vector<Figure>{}
                                  : TrendsOf(run.record, options.database)));
  // Not among what another program reads from stdout.
  const std::string where = "report   " + path + "\n";
  if (formatted)
    std::fputs(where.c_str(), stderr);
  else
    PrintOut(where);
  return kOk;
}

}  // namespace

Command AddReport(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "report", "Print a run's table and write its report.html");
  auto options = std::make_shared<ReportOptions>();
  app->add_option("DIR", options->directories,
                  "Directory of a run, or its run.json: read with fio.json and "
                  "inject.json where they are; several are put side by side")
      ->required();
  auto* html =
      app->add_option(
             "--html", options->html,
             "Write the page here instead of DIR/report.html; of several runs "
             "no page is written without it")
          ->type_name("FILE");
  app->add_flag("--no-html", options->no_html, "Write no page")->excludes(html);
  app->add_option("--history", options->database,
                  "Draw the trend of daxmend history's FILE, too")
      ->type_name("FILE");
  app->add_flag("--hosts", options->hosts,
                "Of a merged run, print the hosts' table and write no page");
  auto* formats = app->add_option_group("format");
  formats->add_flag("--json", options->json, "Print the table as JSON");
  formats->add_flag("--markdown", options->markdown,
                    "Print the table as Markdown");
  formats->add_flag("--csv", options->csv, "Print the table as CSV");
  formats->require_option(0, 1);
  app->footer(
      "Exit status: 0 written, 2 the run could not be read or the page not "
      "written.\n\nExamples: daxmend report results/latest\n          daxmend "
      "report "
      "results/a results/b --html a-b.html");
  return {app, [options] { return Report(*options); }};
}

}  // namespace daxmend
