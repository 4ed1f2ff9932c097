# SPDX-License-Identifier: GPL-2.0-only
#
# Behind junit.awk: prints the failed tests, each with the end of what it printed,
# for a CI log is read from its end.
function keep(line) {
  if (line != "") printed[count++] = line
}
BEGIN { lines = 40 }
function begin() {
  count = failed = 0
}
/<failure/ { failed = 1 }
/<\/testcase>/ && failed {
  report = FILENAME
  sub(/\/junit\.xml$/, "", report)
  printf "\n-- %s (%s) failed", unescaped(name), report
  if (count > lines) printf "; the last %d of the %d lines it printed", lines, count
  print ":"
  for (i = count > lines ? count - lines : 0; i < count; ++i)
    print unescaped(printed[i])
}
