// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/roff.h"

namespace daxmend {
namespace {

std::string Upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// A line of text must not begin like a request.
std::string Line(std::string_view text) {
  const std::string line = RoffText(text);
  return line.starts_with('.') || line.starts_with('\'') ? "\\&" + line : line;
}

// One page's name in a text, "fio(1)": the name bold, the section not.
std::string Page(const std::string& page) {
  const size_t section = page.find('(');
  return RoffBold(page.substr(0, section)) + RoffText(page.substr(section));
}

}  // namespace

std::string RoffText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '\n':
        out += ' ';
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string RoffBold(std::string_view text) {
  return "\\fB" + RoffText(text) + "\\fR";
}

std::string RoffItalic(std::string_view text) {
  return "\\fI" + RoffText(text) + "\\fR";
}

std::string RoffHead(const PageOrigin& origin, const std::string& name,
                     const std::string& purpose) {
  return ".\\\" Generated from what " + name +
         " itself says: change that, not this.\n.TH " + RoffText(Upper(name)) +
         " 1 \"" + RoffText(origin.date) + "\" \"daxmend " + origin.version +
         "\" \"User Commands\"\n" + RoffSection("NAME") + RoffText(name) +
         " \\- " + RoffText(purpose) + "\n";
}

std::string RoffSection(const std::string& title) {
  return ".SH " + RoffText(title) + "\n";
}

std::string RoffParagraph(std::string_view text) {
  return ".PP\n" + Line(text) + "\n";
}

std::string RoffVerbatim(const std::vector<std::string>& lines) {
  std::string out = ".PP\n.RS 4\n.nf\n";
  for (const std::string& line : lines) out += Line(line) + "\n";
  return out + ".fi\n.RE\n";
}

std::string RoffItem(const std::string& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + Line(text) + "\n";
}

std::string RoffSeeAlso(const std::vector<std::string>& pages) {
  std::string out = RoffSection("SEE ALSO");
  for (size_t i = 0; i < pages.size(); ++i)
    out += Page(pages[i]) + (i + 1 < pages.size() ? ",\n" : "\n");
  return out;
}

}  // namespace daxmend
