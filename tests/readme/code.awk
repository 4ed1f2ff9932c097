# SPDX-License-Identifier: GPL-2.0-only
#
# The code in Markdown files: one line a line of a fenced block or a `span`
# (which may go over the end of a line), as FILE:LINE, a tab, the code.
function flush_text(  parts, n, i, line) {
  line = text_line
  n = split(text, parts, "`")
  for (i = 1; i <= n; ++i) {
    if (i % 2 == 0) {
      span = parts[i]
      gsub(/\n[ \t]*/, " ", span)
      print text_file ":" line "\t" span
    }
    line += gsub(/\n/, "", parts[i])
  }
  text = ""
}
FNR == 1 { flush_text(); fenced = 0 }
/^```/ { flush_text(); fenced = !fenced; next }
fenced { print FILENAME ":" FNR "\t" $0; next }
/^[ \t]*$/ { flush_text(); next }
{
  if (text == "") { text_file = FILENAME; text_line = FNR }
  text = text $0 "\n"
}
END { flush_text() }
