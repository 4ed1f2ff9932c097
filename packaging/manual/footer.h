// SPDX-License-Identifier: GPL-2.0-only
//
// The text under a subcommand's options, taken apart: --help shows it in one
// piece, a manual page has sections for some of it.
//
// Thread-safe.

#ifndef DAXMEND_PACKAGING_MANUAL_FOOTER_H_
#define DAXMEND_PACKAGING_MANUAL_FOOTER_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

// A paragraph to be filled, or lines to be kept.
struct FooterPart {
  std::string text;
  std::vector<std::string> lines;  // where there are some, there is no text
  bool operator==(const FooterPart&) const = default;
};

struct Footer {
  std::vector<FooterPart> description;
  std::string exit_status;            // what follows "Exit status:"
  std::vector<std::string> examples;  // commands
  std::vector<std::string> usage;     // what follows "Usage in full:"
  bool operator==(const Footer&) const = default;
};

// Blank lines part paragraphs; a line that begins with two spaces is kept as it
// is; from "Exit status:" to the end of its paragraph is the exit status; a
// paragraph that begins with "Example:" or "Examples:" has one command a line.
Footer ParseFooter(std::string_view text);

}  // namespace daxmend

#endif  // DAXMEND_PACKAGING_MANUAL_FOOTER_H_
