// SPDX-License-Identifier: GPL-2.0-only

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "cli/command.h"
#include "core/file_io.h"
#include "results/html_report.h"
#include "results/standard_output.h"
#include "results/table_formats.h"
#include "results/text_report.h"

namespace daxmend {
namespace {

struct Options {
  std::string directory;
  std::string html;
  bool no_html = false, json = false, markdown = false, csv = false;
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

int Report(const Options& options) {
  const Run run = LoadRun(options.directory);
  const bool formatted = options.json || options.markdown || options.csv;
  const std::string table = options.json       ? TableAsJson(run)
                            : options.markdown ? TableAsMarkdown(run)
                            : options.csv      ? TableAsCsv(run)
                                               : TextReport(run);
  PrintOut(table);
  if (options.no_html) return kYes;

  const std::string path =
      options.html.empty() ? options.directory + "/report.html" : options.html;
  PatienceNotice notice("daxmend report: drawing the plots...");
  ReplaceFile(path, HtmlReport(run));
  // Not among what another program reads from stdout.
  const std::string where = "report   " + path + "\n";
  if (formatted)
    std::fputs(where.c_str(), stderr);
  else
    PrintOut(where);
  return kYes;
}

}  // namespace

Command AddReport(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "report", "Print a run's table and write its report.html");
  auto options = std::make_shared<Options>();
  app->add_option("directory", options->directory,
                  "Directory of a run: run.json, and fio.json and inject.json "
                  "when it has them")
      ->type_name("DIR")
      ->required();
  auto* html = app->add_option("--html", options->html,
                               "Write the page here instead of DIR/report.html")
                   ->type_name("FILE");
  app->add_flag("--no-html", options->no_html, "Write no page")->excludes(html);
  auto* formats = app->add_option_group("format");
  formats->add_flag("--json", options->json, "Print the table as JSON");
  formats->add_flag("--markdown", options->markdown,
                    "Print the table as Markdown");
  formats->add_flag("--csv", options->csv, "Print the table as CSV");
  formats->require_option(0, 1);
  app->footer(
      "Exit status: 0 written, 2 the run could not be read or the page not "
      "written.\n\nExample: daxmend report results/latest");
  return {app, [options] { return Report(*options); }};
}

}  // namespace daxmend
