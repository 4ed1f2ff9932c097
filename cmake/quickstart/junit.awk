# SPDX-License-Identifier: GPL-2.0-only
#
# What failures.awk and skipped.awk have in common, read in front of either: goes
# through reports that ctest --output-junit wrote. begin() is called where a test
# begins, whose name is `name`, and keep(line) for each line that it printed.
function unescaped(text) {
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&quot;/, "\"", text)
  gsub(/&apos;/, "'", text)
  gsub(/&amp;/, "\\&", text)
  return text
}
/<testcase / {
  name = $0
  sub(/^.*<testcase name="/, "", name)
  sub(/" classname=.*$/, "", name)
  inside = 0
  begin()
}
/<system-out>/ {
  inside = 1
  sub(/^.*<system-out>/, "")
}
inside {
  line = $0
  if (line ~ /<\/system-out>/) inside = 0
  sub(/<\/system-out>.*$/, "", line)
  keep(line)
}
