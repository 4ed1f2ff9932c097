// SPDX-License-Identifier: GPL-2.0-only

#include "results/text_lines.h"

namespace daxmend {

std::string Printable(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are C2 80 to C2 9F in UTF-8.
    const bool c1 = byte == 0xc2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) text[i + 1] = '?';
    if (c1 || byte < 0x20 || byte == 0x7f) text[i] = '?';
  }
  return text;
}

}  // namespace daxmend
