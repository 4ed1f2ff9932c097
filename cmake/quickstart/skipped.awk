# SPDX-License-Identifier: GPL-2.0-only
#
# Prints why tests were skipped, in reports that ctest --output-junit wrote: a line
# for each reason, with the tests it holds for.
function unescaped(text) {
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&quot;/, "\"", text)
  gsub(/&apos;/, "'", text)
  gsub(/&amp;/, "\\&", text)
  return text
}
# GoogleTest says the reason behind a line "FILE:LINE: Skipped"; a script's is the
# first thing it says.
function keep(line) {
  if (line ~ /^\[|^Note: |^Running main/) return
  if (line ~ /: Skipped$/) reason = ""
  else if (reason == "" && line != "") reason = line
}
/<testcase / {
  name = $0
  sub(/^.*<testcase name="/, "", name)
  sub(/" classname=.*$/, "", name)
  reason = ""
  skipped = inside = 0
}
/<skipped/ { skipped = 1 }
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
/<\/testcase>/ && skipped {
  if (reason == "") reason = "it does not say why"
  if (!(reason in names)) order[++count] = reason
  names[reason] = names[reason] (names[reason] == "" ? "" : ", ") unescaped(name)
}
END {
  for (i = 1; i <= count; ++i)
    printf "skipped: %s (%s)\n", unescaped(order[i]), names[order[i]]
}
