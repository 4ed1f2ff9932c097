// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/footer.h"

#include <sstream>

namespace daxmend {
namespace {

constexpr std::string_view kExitStatus = "Exit status:";
constexpr std::string_view kUsage = "Usage in full:";
constexpr std::string_view kExamples[] = {"Examples:", "Example:"};

std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(
      text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

void AddText(Footer& footer, const std::string& text) {
  const size_t at = text.find(kExitStatus);
  const std::string before = Trimmed(text.substr(0, at));
  if (!before.empty()) footer.description.push_back({before, {}});
  if (at == std::string::npos) return;
  if (!footer.exit_status.empty()) footer.exit_status += ' ';
  footer.exit_status += Trimmed(text.substr(at + kExitStatus.size()));
}

// One paragraph, line by line.
class Paragraph {
 public:
  explicit Paragraph(Footer& footer) : footer_(footer) {}

  void Add(const std::string& line) {
    for (const std::string_view word : kExamples) {
      if (!line.starts_with(word)) continue;
      End();
      examples_ = true;
      footer_.examples.push_back(Trimmed(line.substr(word.size())));
      return;
    }
    if (examples_) {
      footer_.examples.push_back(Trimmed(line));
    } else if (line.starts_with(kUsage)) {
      footer_.usage.push_back(Trimmed(line.substr(kUsage.size())));
    } else if (line.starts_with("  ")) {
      EndText();
      lines_.push_back(line.substr(2));
    } else {
      EndLines();
      text_ += (text_.empty() ? "" : " ") + Trimmed(line);
    }
  }

  void End() {
    EndText();
    EndLines();
    examples_ = false;
  }

 private:
  void EndText() {
    if (!text_.empty()) AddText(footer_, text_);
    text_.clear();
  }
  void EndLines() {
    if (!lines_.empty()) footer_.description.push_back({"", lines_});
    lines_.clear();
  }

  Footer& footer_;
  std::string text_;
  std::vector<std::string> lines_;
  bool examples_ = false;
};

}  // namespace

Footer ParseFooter(std::string_view text) {
  Footer footer;
  Paragraph paragraph(footer);
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    if (Trimmed(line).empty())
      paragraph.End();
    else
      paragraph.Add(line);
  }
  paragraph.End();
  return footer;
}

}  // namespace daxmend
