# SPDX-License-Identifier: GPL-2.0-only
#
# Prints the failed tests of reports that ctest --output-junit wrote, each with the
# end of what it printed: a CI log is read from its end.
function unescaped(text) {
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&quot;/, "\"", text)
  gsub(/&apos;/, "'", text)
  gsub(/&amp;/, "\\&", text)
  return text
}
function keep(line) {
  if (line != "") printed[count++] = line
}
BEGIN { lines = 40 }
/<testcase / {
  name = $0
  sub(/^.*<testcase name="/, "", name)
  sub(/" classname=.*$/, "", name)
  count = failed = inside = 0
}
/<failure/ { failed = 1 }
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
/<\/testcase>/ && failed {
  report = FILENAME
  sub(/\/junit\.xml$/, "", report)
  printf "\n-- %s (%s) failed", unescaped(name), report
  if (count > lines) printf "; the last %d of the %d lines it printed", lines, count
  print ":"
  for (i = count > lines ? count - lines : 0; i < count; ++i)
    print unescaped(printed[i])
}
