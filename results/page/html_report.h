// SPDX-License-Identifier: GPL-2.0-only
//
// A run as one HTML page: the answer in a sentence, the environment, the table,
// plots with the numbers behind them, what became of the poison, and how it was
// measured. The page holds everything it shows: it runs no script and fetches
// nothing.
//
// Thread-safe, as long as nobody else waits for children of this process.

#ifndef DAXMEND_RESULTS_PAGE_HTML_REPORT_H_
#define DAXMEND_RESULTS_PAGE_HTML_REPORT_H_

#include <string>
#include <vector>

#include "results/page/figure.h"
#include "results/run/run_directory.h"

namespace daxmend {

// The figures of a run's page, not yet drawn.
std::vector<Figure> ReportFigures(const Run& run);

// The page. `drawings` are the SVG elements of `figures`, one each. Whatever
// comes from the run's files is escaped.
std::string HtmlPage(const Run& run, const std::vector<Figure>& figures,
                     const std::vector<std::string>& drawings);

// Doctype and <head> of any page of ours.
std::string HtmlHead(const std::string& title);

// <section> of `figures`, with their numbers; nothing when there are none.
// `drawings` are their SVG elements.
std::string FiguresSection(const std::vector<Figure>& figures,
                           const std::vector<std::string>& drawings);

// All of it, drawn by gnuplot, with `more` figures at its end. Throws Error as
// DrawFigures() does.
std::string HtmlReport(const Run& run, const std::vector<Figure>& more = {});

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_HTML_REPORT_H_
