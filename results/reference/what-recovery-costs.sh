#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the tables of what-recovery-costs.md anew, between its marks
# "<!-- table JOB -->" and "<!-- end -->". Each is one boot under the virtual
# clock, and its command stands above it; those of functions are of a profile.
#
#   results/reference/what-recovery-costs.sh [DIR]   from the root of the tree
#
# DIR keeps the runs, DIR/JOB each (make.sh --to DIR makes them, too), and
# DIR/JOB.profile; a run that is there is not made again.
set -eu
cd "$(dirname "$0")/../.."
. results/reference/page_tables.sh
page=results/reference/what-recovery-costs.md
runs=${1-}
if [ -z "$runs" ]; then
  runs=$(mktemp -d)
  trap 'rm -rf "$runs"' EXIT
fi

# Each job's least completion latency in fio.json: JOB NANOSECONDS.
fio_least() {
  awk '/"jobname" :/ { split($0, part, "\""); job = part[4] }
    /"clat_ns" : \{/ { completion = 1 }
    completion && /"min" :/ {
      completion = 0
      if ($3 + 0 > 0) print job, $3 + 0
    }' "$1"
}

# The engine's own numbers, a line a job and path.
paths() { tr -d '\r' <"$1/paths.csv"; }

awk_functions=$awk_grouped'
  function more(n, base) {
    if (n == "") return "-"
    if (n == base) return grouped(n)
    return sprintf("%s (%+d)", grouped(n), n - base)
  }'

table_fastpath() {
  echo "| I/O | \`access=syscall\` | pvsync2 | psync | \`access=mmap\` | fio's mmap | libpmem |"
  echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
  fio_least "$1/fio.json" | awk "$awk_functions"'
    { least[$1] = $2 }
    END {
      sizes = split("512 4k 64k", size); split("512 B,4 KiB,64 KiB", word, ",")
      engines = split("syscall pvsync2 psync mmap fio-mmap libpmem", engine)
      split("read write", way)
      for (w = 1; w <= 2; ++w)
        for (s = 1; s <= sizes; ++s) {
          printf "| %s %s", way[w], word[s]
          for (e = 1; e <= engines; ++e)
            printf " | %s", grouped(least[way[w] "-" size[s] "-" engine[e]])
          print " |"
        }
    }'
}

table_flags() {
  echo "| call and bit | read 4 KiB | write 4 KiB |"
  echo "| --- | ---: | ---: |"
  { paths "$1"; sed -n 's/^.*daxmend: job \([^:]*\): the kernel refuses.*(\(.*\)).*$/refused,\1,\2/p' "$1/output"; } |
    awk -F, "$awk_functions"'
    $5 == "fast" { least[$1] = $8 }
    $1 == "refused" { refused[$2] = $3 }
    function cell(job, base) {
      if (job in refused) return "refused: " refused[job]
      return base == "" ? grouped(least[job]) : more(least[job], base)
    }
    function row(words, name) {
      printf "| %s | %s | %s |\n", words, cell("read-" name, least["read-none"]),
        name == "append" ? "another I/O" : cell("write-" name, least["write-none"])
    }
    END {
      row("`pread`, `pwrite`", "plain")
      row("`preadv2`, `pwritev2`, no bit", "none")
      row("0x1 `RWF_HIPRI`", "hipri")
      row("0x2 `RWF_DSYNC`", "dsync")
      row("0x4 `RWF_SYNC`", "sync")
      row("0x8 `RWF_NOWAIT`", "nowait")
      row("0x10 `RWF_APPEND`", "append")
      row("0x20 (`RWF_RECOVERY_DATA` as proposed)", "bit-0x20")
      row("0x40 `RWF_ATOMIC`", "atomic")
      row("0x80 `RWF_DONTCACHE`", "dontcache")
      row("0x100 `RWF_NOSIGNAL`", "nosignal")
    }'
}

table_badblocks() {
  echo "| poisoned ranges elsewhere | read 4 KiB | write 4 KiB | mapped read | mapped write |"
  echo "| ---: | ---: | ---: | ---: | ---: |"
  paths "$1" | awk -F, "$awk_functions"'
    $5 == "fast" { least[$1] = $8 }
    function cell(what, ranges) {
      return more(least[what "-" ranges], least[what "-0"])
    }
    END {
      n = split("0 1 16 511", ranges, " ")
      for (i = 1; i <= n; ++i)
        printf "| %d | %s | %s | %s | %s |\n", ranges[i],
          cell("read-syscall", ranges[i]), cell("write-syscall", ranges[i]),
          cell("read-mmap", ranges[i]), cell("write-mmap", ranges[i])
    }'
}

# Every path but the fast one of jobs that met no poison: medians.
table_paths() {
  echo "| job | access | strategy | recovered | detect | salvage | window | repair | recovery | vs fast |"
  echo "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
  paths "$1" | awk -F, "$awk_functions"'
    { median[$1, $5] = $9 }
    $5 == "recovery" {
      order[++n] = $1; access[$1] = $3; strategy[$1] = $4; count[$1] = $7
      ratio[$1] = $15
    }
    END {
      for (i = 1; i <= n; ++i) {
        job = order[i]
        printf "| %s | %s | %s | %s", job, access[job], strategy[job],
          grouped(count[job])
        p = split("detect salvage window repair recovery", path, " ")
        for (k = 1; k <= p; ++k) printf " | %s", grouped(median[job, path[k]])
        printf " | %s |\n", ratio[job] == "" ? "-" : sprintf("%.4g", ratio[job])
      }
    }'
}
table_strategies() { table_paths "$1"; }
table_mmap() { table_paths "$1"; }

# Makes the profile of jobs/$1.fio, and prints it whole.
profiled() {
  [ -e "$runs/$1.profile/profile.json" ] || {
    echo "build/daxmend profile jobs/$1.fio" >&2
    mkdir -p "$runs/$1.profile"
    build/daxmend profile "jobs/$1.fio" --timeout 6000 --out "$runs/$1.profile" \
      >"$runs/$1.profile.log" 2>&1 || {
      tail -n 5 "$runs/$1.profile.log" >&2
      exit 2
    }
  }
  build/daxmend profile --show "$runs/$1.profile" --functions 1000000
}

# Where the instructions of a bit lie: functions whose count differs by a whole
# number, which is in every I/O; the rest is interrupts and what they wake.
table_bits() {
  awk "$awk_functions"'
    / fast: / { job = $1; sub(/,$/, "", job); next }
    NF == 5 && $5 == "%" {
      sub(/,/, "", $3)
      at[job, $1] = $3
      if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 }
    }
    function change(to, from, name,   c, whole) {
      c = at[to, name] - at[from, name]
      whole = int(c + (c < 0 ? -0.5 : 0.5))
      return c - whole > 0.02 || whole - c > 0.02 ? 0 : whole
    }
    function row(words, a, b, c, d) {
      printf "| %s | %s | %s | %s | %s |\n", words, a, b, c, d
    }
    function signed(c) { return c ? sprintf("%+d", c) : "" }
    END {
      print "| function | `preadv2` over `pread` | `RWF_HIPRI` over no bit, read | `pwritev2` over `pwrite` | `RWF_HIPRI` over no bit, write |"
      print "| --- | ---: | ---: | ---: | ---: |"
      for (i = 1; i <= n; ++i) {
        a = change("read-none", "read-plain", order[i])
        b = change("read-hipri", "read-none", order[i])
        c = change("write-none", "write-plain", order[i])
        d = change("write-hipri", "write-none", order[i])
        if (!a && !b && !c && !d) continue
        row("`" order[i] "`", signed(a), signed(b), signed(c), signed(d))
        sums["a"] += a; sums["b"] += b; sums["c"] += c; sums["d"] += d
      }
      row("together", signed(sums["a"]), signed(sums["b"]), signed(sums["c"]),
        signed(sums["d"]))
    }'
}

# The whole I/O that met poison, with the emulated firmware and without.
table_firmware() {
  awk "$awk_functions"'
    function flush(   i, all, word) {
      if (job == "") return
      n = split(text, word, " ")
      for (i = 2; i < n; ++i)
        if (word[i] == "of" && word[i + 2] == "are") {
          gsub(/,/, "", word[i - 1]); gsub(/,/, "", word[i + 1])
          all = word[i + 1]
          printf "| %s | %s | %s | %s | %.1f %% |\n", job, grouped(all),
            grouped(word[i - 1]), grouped(all - word[i - 1]),
            100 * word[i - 1] / all
        }
      if (all == "") {
        match(text, /[0-9,]+ instructions/)
        all = substr(text, RSTART, RLENGTH - 13)
        printf "| %s | %s | 0 | %s | 0 %% |\n", job, all, all
      }
      job = ""
    }
    BEGIN {
      print "| I/O | instructions of work | of them the firmware | without it | share |"
      print "| --- | ---: | ---: | ---: | ---: |"
    }
    / recovery: / {
      flush()
      if ($1 ~ /-4k,$/) { job = $1; sub(/,$/, "", job); text = "" }
    }
    / (fast|detect|salvage|repair|window): / || NF == 5 && $5 == "%" { flush() }
    { text = text " " $0 }
    END { flush() }'
}

for job in $(tables "$page"); do
  profile=
  case $job in
    bits) profile=flags ;;
    firmware) profile=strategies ;;
  esac
  if [ -n "$profile" ]; then
    profiled $profile | "table_$job" >"$runs/$job.table"
    replace_table "$page" "$job" "$runs/$job.table"
    continue
  fi
  [ -e "$runs/$job/run.json" ] ||
    results/reference/make.sh --to "$runs" "$job" >&2
  build/daxmend report --csv --no-html "$runs/$job" >"$runs/$job/paths.csv"
  "table_$job" "$runs/$job" >"$runs/$job.table"
  replace_table "$page" "$job" "$runs/$job.table"
done
