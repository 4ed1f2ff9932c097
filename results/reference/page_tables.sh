# SPDX-License-Identifier: GPL-2.0-only
#
# For the scripts that make a page's tables anew; sourced. A page has its tables
# between the marks "<!-- table NAME -->" and "<!-- end -->".

# Thousands are set apart; "-" where there is no number.
awk_grouped='
  function grouped(n,   text, out) {
    if (n == "") return "-"
    text = sprintf("%.0f", n)
    while (length(text) > 3) {
      out = "," substr(text, length(text) - 2) out
      text = substr(text, 1, length(text) - 3)
    }
    return text out
  }'

# tables PAGE: the names of its tables.
tables() { sed -n 's/^<!-- table \([a-z]*\) -->$/\1/p' "$1"; }

# replace_table PAGE NAME FILE: FILE is what the table NAME is from now on.
replace_table() {
  awk -v name="$2" -v table="$3" '
    $0 == "<!-- table " name " -->" {
      print
      while ((getline line <table) > 0) print line
      skipping = 1
    }
    $0 == "<!-- end -->" { skipping = 0 }
    !skipping' "$1" >"$1.new"
  mv "$1.new" "$1"
}
