#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the tables of rwf-recovery-data.md anew, between its marks
# "<!-- table NAME -->" and "<!-- end -->": three boots of each kernel of
# kernel/README.md under the virtual clock. Their commands are in the page.
#
#   results/reference/rwf-recovery-data.sh [DIR]   from the root of the tree
#
# DIR keeps what was measured, DIR/KERNEL each; what is there is not measured
# again.
set -eu
cd "$(dirname "$0")/../.."
. results/reference/page_tables.sh
page=results/reference/rwf-recovery-data.md
runs=${1-}
if [ -z "$runs" ]; then
  runs=$(mktemp -d)
  trap 'rm -rf "$runs"' EXIT
fi

# measured FILE COMMAND...: COMMAND's output is in FILE.
measured() {
  file=$1
  shift
  [ ! -e "$file" ] || return 0
  echo "$*" >&2
  "$@" >"$file.new" 2>"$file.log" || {
    cat "$file.log" >&2
    echo "rwf-recovery-data.sh: $* failed" >&2
    exit 2
  }
  mv "$file.new" "$file"
}

for kernel in none mainline flag flag-late; do
  run=$runs/$kernel
  mkdir -p "$run"
  measured "$run/thread" build/daxmend vm </dev/null --clock virtual --kernel $kernel \
    --out "$run" -- daxmend run jobs/thread.fio
  measured "$run/study" build/daxmend vm </dev/null --clock virtual --kernel $kernel \
    --add build/tests/recovery_probe --add build/tests/flagged_io \
    --add tests/kernel/study.sh -- sh /add/study.sh
  mkdir -p "$run/profile"
  measured "$run/profiled" build/daxmend vm </dev/null --clock virtual --footprint \
    --profile --timeout 6000 --kernel $kernel --out "$run/profile" -- \
    daxmend run jobs/thread.fio
  build/daxmend profile --show "$run/profile" --functions 1 |
    sed "s/^/$kernel /" >"$run/touched"
  build/daxmend report --csv --no-html "$run" | tr -d '\r' |
    sed "s/^/$kernel,/" >"$run/paths"
  sed "s/^/$kernel /" "$run/study" >"$run/lines"
done
# changes KERNEL: the functions of each job that differ from mainline's, "KERNEL JOB
# FUNCTION CHANGE" lines. The JSON has a line for each number.
changes() {
  build/daxmend profile --diff "$runs/mainline/profile" "$runs/$1/profile" --json |
    tr -d '",' | awk -v kernel="$1" '
      $1 == "job:" { job = $2 }
      $1 == "path:" { fast = $2 == "fast" }
      $1 == "function:" { name = $2 }
      fast && $1 == "a:" { a = $2 }
      fast && $1 == "b:" { printf "%s %s %s %.6f\n", kernel, job, name, $2 - a }'
}
for kernel in none flag flag-late; do changes $kernel; done >"$runs/changes"

awk_functions=$awk_grouped'
  function more(n, base) {
    if (n == "") return "refused"
    return sprintf("%s (%+d)", grouped(n), n - base)
  }'

# The least of each job, and in brackets what is more than on mainline.
table_fastpath() {
  cat "$runs"/*/paths | awk -F, "$awk_functions"'
    $6 == "fast" { least[$1 " " $2] = $9 }
    END {
      print "| ranges | I/O | `none` | `mainline` | `flag`, no bit | `flag`, `RWF_HIPRI` | `flag`, the flag | `flag-late`, no bit | `flag-late`, the flag |"
      print "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
      split("512 4k 64k", size, " "); split("512 B,4 KiB,64 KiB", word, ",")
      split("read write", way, " "); split("0 1 16 511", ranges, " ")
      for (r = 1; r <= 4; ++r)
        for (w = 1; w <= 2; ++w)
          for (s = 1; s <= 3; ++s) {
            job = way[w] "-" size[s] "-none-" ranges[r]
            base = least["mainline " job]
            printf "| %d | %s %s | %s | %s", ranges[r], way[w], word[s],
              more(least["none " job], base), grouped(base)
            printf " | %s", more(least["flag " job], base)
            sub("-none-", "-hipri-", job)
            printf " | %s", more(least["flag " job], base)
            sub("-hipri-", "-flag-", job)
            printf " | %s", more(least["flag " job], base)
            late = job
            sub("-flag-", "-none-", late)
            printf " | %s", more(least["flag-late " late], base)
            printf " | %s |\n", more(least["flag-late " job], base)
          }
    }'
}

table_recovery() {
  cat "$runs"/*/lines | awk "$awk_functions"'
    function row(words, key) {
      printf "| %s | %s | %s | %s |\n", words, grouped(least[key]),
        grouped(median[key]), grouped(most[key])
    }
    $2 == "price" {
      key = $1 " " $3; least[key] = $4; median[key] = $5; most[key] = $6
    }
    $1 == "mainline" && $2 == "restore" { whole[$3] = $4 }
    END {
      print "| way | least | median | most |"
      print "| --- | ---: | ---: | ---: |"
      row("the flag (`flag`)", "flag flag")
      row("the flag (`flag-late`)", "flag-late flag")
      row("automatic (`mainline`)", "mainline write")
      row("two-step: clear-error call, then write (`mainline`)", "mainline clear")
      row("punch and rewrite (`none`)", "none punch")
      row("punch and rewrite (`mainline`)", "mainline punch")
      row("punch and rewrite (`flag`)", "flag punch")
      row("punch and rewrite (`flag-late`)", "flag-late punch")
      printf "| restore of a file of 1 MiB (`mainline`) | | %s | |\n", grouped(whole[1024])
      printf "| restore of a file of 64 MiB (`mainline`) | | %s | |\n", grouped(whole[65536])
    }'
}

table_reader() {
  cat "$runs"/*/lines | awk "$awk_functions"'
    $2 == "reader" { got[$1 " " $3] = $4 }
    function bytes(key) { return got[key] ~ /^[0-9]/ ? grouped(got[key]) : "0 (" got[key] ")" }
    END {
      print "| reader | bytes of 65,536 |"
      print "| --- | ---: |"
      print "| plain `preadv2` (`flag`) | " bytes("flag plain") " |"
      print "| plain `preadv2` (`mainline`) | " bytes("mainline plain") " |"
      print "| `preadv2` with the flag (`flag`) | " bytes("flag flag") " |"
      print "| `preadv2` with the flag (`flag-late`) | " bytes("flag-late flag") " |"
      print "| daxmend, `recovery=flag` (`flag`) | " bytes("flag salvage") " |"
      print "| daxmend, `recovery=flag` (`flag-late`) | " bytes("flag-late salvage") " |"
      print "| daxmend, `recovery=write` (`mainline`) | " bytes("mainline salvage") " |"
    }'
}

table_killed() {
  cat "$runs"/*/lines | awk "$awk_functions"'
    $2 == "killed" { count[$1 " " $3 " " $4 " " $6] += $5 }
    function row(words, key,   when) {
      for (when = 1; when <= 2; ++when)
        printf "| %s | %s | %d | %d | %d | %d | %d |\n", words,
          when == 1 ? "at once" : "attached anew",
          count[key " " at[when] " EIO"], count[key " " at[when] " new"],
          count[key " " at[when] " old"], count[key " " at[when] " zeros"],
          count[key " " at[when] " mixed"]
    }
    END {
      split("now later", at)
      print "| way | reader | `EIO` | what was to be written | what was there before | zeros | a mix |"
      print "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
      row("the flag (`flag`)", "flag flag")
      row("the flag (`flag-late`)", "flag-late flag")
      row("automatic (`mainline`)", "mainline write")
      row("two-step (`mainline`)", "mainline clear")
      row("punch and rewrite (`mainline`)", "mainline punch")
    }'
}

# Of a clean read and write of 4 KiB without any bit: whole numbers only, which
# every I/O has; the rest is interrupts and what they wake.
table_functions() {
  awk '
    $2 == "read-4k-none-0" || $2 == "write-4k-none-0" {
      change = int($4 + ($4 < 0 ? -0.5 : 0.5))
      if ($4 - change > 0.02 || change - $4 > 0.02 || change == 0) next
      way = substr($2, 1, 1)
      if (!($3 in seen)) { seen[$3] = 1; order[++count] = $3 }
      at[$3 " " $1 " " way] = sprintf("%+d", change)
      sum[$1 " " way] += change
    }
    function cell(name, key) {
      return name == "" ? sprintf("%+d", sum[key]) : at[name " " key]
    }
    function row(words, name) {
      printf "| %s", words
      for (k = 1; k <= 3; ++k)
        printf " | %s | %s", cell(name, kernel[k] " r"), cell(name, kernel[k] " w")
      print " |"
    }
    END {
      split("none flag flag-late", kernel, " ")
      print "| function | `none`, read | write | `flag`, read | write | `flag-late`, read | write |"
      print "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
      for (i = 1; i <= count; ++i) row("`" order[i] "`", order[i])
      row("together", "")
    }' "$runs/changes"
}

table_footprint() {
  cat "$runs/none/touched" "$runs/mainline/touched" "$runs/flag/touched" \
    "$runs/flag-late/touched" | awk '
    function of(text, words,   at) {
      at = index(text, words " ")
      if (!at) return "-"
      text = substr(text, at + length(words) + 1)
      sub(/ .*/, "", text)
      return text
    }
    function flush() {
      if (job == "read-4k-none-0" || job == "write-4k-none-0")
        printf "| `%s` | %s 4 KiB | %s | %s | %s | %s | %s |\n", kernel,
          substr(job, 1, index(job, "-") - 1), of(text, "loads"),
          of(text, "stores"), of(text, "branches taken"),
          of(text, "lines of code"), of(text, "lines of data")
      job = ""
    }
    BEGIN {
      print "| kernel | I/O | loads | stores | branches taken | lines of code | lines of data |"
      print "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    }
    $3 == "fast:" { flush(); kernel = $1; job = $2; sub(",", "", job); text = "" }
    { $1 = ""; text = text $0 }
    END { flush() }'
}

for table in $(tables "$page"); do
  "table_$table" >"$runs/$table.table"
  replace_table "$page" "$table" "$runs/$table.table"
done
