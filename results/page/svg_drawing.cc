// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/svg_drawing.h"

#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "core/error.h"
#include "results/page/html_text.h"
#include "system/text_process.h"

namespace daxmend {
namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::string_view kProlog = "<?xml";

// Titles are ours, and may have what gnuplot takes for markup.
std::string AxisTitles(const Figure& figure) {
  std::string script;
  for (const auto& [axis, title] :
       {std::pair("x", &figure.x_title), std::pair("y", &figure.y_title)})
    if (!title->empty())
      script += fmt::format(
          "set {}label '{}' noenhanced textcolor rgb '{}' font ',12'\n", axis,
          *title, RoleColor(Role::kInk));
  return script;
}

// Everything a figure does not say for itself. Small in size and large in
// letters, so that it can be read when a narrow page scales it down.
std::string CommonScript() {
  const std::string ink = "rgb '" + RoleColor(Role::kInk) + "'";
  const std::string grid = "rgb '" + RoleColor(Role::kGrid) + "'";
  const std::string axis = "rgb '" + RoleColor(Role::kAxis) + "'";
  std::string types;
  for (int n = 0; n < kSeriesRoles; ++n)
    types += fmt::format("set linetype {} lc rgb '{}'\n",
                         LineType(SeriesRole(n)), RoleColor(SeriesRole(n)));
  return types +
         "reset\n"
         "set terminal svg size 480,320 dynamic font 'sans-serif,14' "
         "linewidth 1\n"
         "set encoding utf8\nset key off\n"
         "set border 1 lw 1 lc " +
         axis +
         "\n"
         "set grid ytics lt 1 lw 1 lc " +
         grid +
         "\n"
         "set tics scale 0.5 nomirror textcolor " +
         ink +
         "\n"
         "set ytics scale 0\n"
         "set lmargin 9\nset rmargin 2\nset tmargin 1\nset bmargin 3.2\n";
}

// "gnuplot: line 12: ..." as one line.
std::string FirstLine(const std::string& text) {
  size_t begin = text.find_first_not_of(" \n\t^");
  if (begin == std::string::npos) return "it gave no reason";
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string RunGnuplot(const std::string& script) {
  // gnuplot reads ~/.gnuplot otherwise.
  TextResult result =
      RunOnText({"gnuplot", "--default-settings", "-"}, script, kTimeout);
  if (result.status == 127)
    throw Error(
        {.thing = "gnuplot",
         .cause = "is not in PATH, and the plots of report.html need it",
         .way_out = "install it (apt install gnuplot-nox) or use --no-html"});
  if (result.timed_out)
    throw Error({.thing = "gnuplot",
                 .cause = fmt::format("took more than {} s for the plots of "
                                      "report.html and was killed",
                                      kTimeout.count()),
                 .way_out = "try again on a less busy machine, or use "
                            "--no-html"});
  if (result.status != 0)
    throw Error(
        {.thing = "gnuplot",
         .cause = fmt::format("failed to draw the plots of report.html ({})",
                              FirstLine(result.err)),
         .way_out = "use --no-html to do without"});
  return result.out;
}

// Replaces every `from` by `to`.
void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
}

// Removes what starts with `from` and goes up to and with `to`.
void RemoveAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t begin; (begin = text.find(from)) != std::string::npos;) {
    size_t end = text.find(to, begin + from.size());
    if (end == std::string::npos) return;
    text.erase(begin, end + to.size() - begin);
  }
}

// "rgb(  1,   2,   4)" by the variable of the role that has this colour.
void ReplaceColors(std::string& svg) {
  for (size_t at = 0; (at = svg.find("rgb(", at)) != std::string::npos;) {
    unsigned red, green, blue;
    int length = 0;
    std::sscanf(svg.c_str() + at, "rgb(%u,%u,%u)%n", &red, &green, &blue,
                &length);
    constexpr unsigned kRoles =
        static_cast<unsigned>(Role::kSeries) + kSeriesRoles;
    if (length == 0 || red != 1 || green != 2 || blue == 0 || blue > kRoles) {
      at += 4;
      continue;
    }
    const std::string variable = RoleVariable(static_cast<Role>(blue - 1));
    svg.replace(at, static_cast<size_t>(length), variable);
    at += variable.size();
  }
}

}  // namespace

std::string InlineSvg(std::string_view document, const std::string& id,
                      const std::string& title) {
  size_t begin = document.find("<svg");
  size_t end = document.rfind("</svg>");
  if (begin == std::string_view::npos || end == std::string_view::npos)
    throw Error({.thing = "gnuplot",
                 .cause = "drew no SVG for " + id,
                 .way_out = "install one with the svg terminal (apt install "
                            "gnuplot-nox)"});
  std::string svg(document.substr(begin, end + 6 - begin));
  RemoveAll(svg, " xmlns=\"", "\"");
  RemoveAll(svg, " xmlns:xlink=\"", "\"");
  RemoveAll(svg, "<title>", "</title>");
  RemoveAll(svg, "<desc>", "</desc>");
  RemoveAll(svg, "font-family=\"", "\"");
  // Filters for boxed labels, with colours of their own; not used.
  RemoveAll(svg, "<filter", "</filter>");
  ReplaceColors(svg);
  ReplaceAll(svg, " id=\"", " id=\"" + id + "-");
  ReplaceAll(svg, " id='", " id='" + id + "-");
  ReplaceAll(svg, "xlink:href='#", "href='#" + id + "-");
  ReplaceAll(svg, "xlink:href=\"#", "href=\"#" + id + "-");
  ReplaceAll(svg, "url(#", "url(#" + id + "-");
  svg.insert(4, " role=\"img\" aria-label=\"" + Escaped(title) + "\"");
  return svg;
}

std::vector<std::string> DrawFigures(const std::vector<Figure>& figures) {
  std::vector<std::string> drawn;
  if (figures.empty()) return drawn;
  std::string script;
  for (const Figure& figure : figures)
    script += CommonScript() + AxisTitles(figure) + figure.script;
  const std::string all = RunGnuplot(script);
  size_t begin = all.find(kProlog);
  for (const Figure& figure : figures) {
    if (begin == std::string::npos)
      throw Error({.thing = "gnuplot",
                   .cause = fmt::format("drew only {} of {} plots",
                                        drawn.size(), figures.size()),
                   .way_out = "use --no-html to do without"});
    size_t next = all.find(kProlog, begin + 1);
    drawn.push_back(InlineSvg(std::string_view(all).substr(begin, next - begin),
                              figure.id, figure.title));
    begin = next;
  }
  return drawn;
}

}  // namespace daxmend
