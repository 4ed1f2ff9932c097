# SPDX-License-Identifier: GPL-2.0-only
#
# Behind junit.awk: prints why tests were skipped, a line for each reason, with the
# tests it holds for.

# GoogleTest says the reason behind a line "FILE:LINE: Skipped"; a script's is the
# first thing it says.
function keep(line) {
  if (line ~ /^\[|^Note: |^Running main/) return
  if (line ~ /: Skipped$/) reason = ""
  else if (reason == "" && line != "") reason = line
}
function begin() {
  reason = ""
  skipped = 0
}
/<skipped/ { skipped = 1 }
/<\/testcase>/ && skipped {
  if (reason == "") reason = "it does not say why"
  if (!(reason in names)) order[++count] = reason
  names[reason] = names[reason] (names[reason] == "" ? "" : ", ") unescaped(name)
}
END {
  for (i = 1; i <= count; ++i)
    printf "skipped: %s (%s)\n", unescaped(order[i]), names[order[i]]
}
