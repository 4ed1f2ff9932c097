// SPDX-License-Identifier: GPL-2.0-only
//
// Figures drawn by gnuplot and made fit to stand in a page: no colours of their
// own, ids that are unique in the page, no references to anything outside.
//
// Thread-safe, as long as nobody else waits for children of this process.

#ifndef DAXMEND_RESULTS_PAGE_SVG_DRAWING_H_
#define DAXMEND_RESULTS_PAGE_SVG_DRAWING_H_

#include <string>
#include <string_view>
#include <vector>

#include "results/page/figure.h"

namespace daxmend {

// One <svg> element a figure, in their order. One gnuplot draws them all.
// Throws Error when gnuplot is missing, fails, takes too long, or draws less
// than it was asked for.
std::vector<std::string> DrawFigures(const std::vector<Figure>& figures);

// gnuplot's SVG document as an element of an HTML page: without XML prolog and
// name spaces (HTML knows them), ids prefixed with `id`, role colours replaced
// by CSS variables, with `title` for those who cannot see it.
std::string InlineSvg(std::string_view document, const std::string& id,
                      const std::string& title);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PAGE_SVG_DRAWING_H_
