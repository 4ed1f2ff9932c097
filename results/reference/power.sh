#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# How often the gate of the wall clock is right on this machine, as busy as it
# is: compares the engine on tmpfs with itself, and with itself made 10 % slower
# (fio-daxmend-changed, tests/changed_engine), again and again, by the least
# disturbed I/O of each run (least_disturbed.json). Prints a line a comparison
# and a table of what was compared, also when it is ended before it is done.
#
#   results/reference/power.sh [COMPARISONS [PAIRS [DIR]]]
#                          from the root of the tree, built; 20 of each, 48 pairs
#
# DIR keeps every verdict: started again with it, the script goes on where it
# was ended.
#
# Exit status: 0 measured, 2 a run failed or it was ended.
set -eu
cd "$(dirname "$0")/../.."
comparisons=${1:-20} pairs=${2:-48}
out=$(mktemp -d)
kept=${3:-$out}
data=$(mktemp /dev/shm/daxmend-power.XXXXXX)
mkdir -p "$kept"
verdicts=$kept/verdicts.$pairs rounds_file=$kept/rounds.$pairs
touch "$verdicts"

# A row for A/A and one for +10 %, of the verdicts there are.
table() {
  awk -F'|' -v pairs="$pairs" '
    { slow = $1 != 0; n[slow]++; seen[slow, $2]++
      sum[slow] += $3; load += $6 }
    END {
      if (NR == 0) exit
      print "\n| compared | comparisons | pairs each | same | worse | better | can'"'"'t tell | mean estimate |"
      print "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
      for (slow = 0; slow < 2; slow++)
        if (n[slow])
          printf "| %s | %d | %d | %d | %d | %d | %d | %+.1f %% |\n",
            slow ? "+10 %" : "A/A", n[slow], pairs, seen[slow, "same"],
            seen[slow, "worse"], seen[slow, "better"],
            seen[slow, "can'"'"'t tell"], (sum[slow] / n[slow] - 1) * 100
      printf "\nmean load of the machine: %.1f\n", load / NR
    }' "$verdicts"
}
trap 'table; rm -rf "$out" "$data"' EXIT
trap 'exit 2' INT TERM

cat >"$out/reads.fio" <<END
[global]
ioengine=external:build/tests/fio-daxmend-changed.so
allow_nodax=1
path_log=$out/run.json
filename=$data
size=4m
bs=4k
rw=randread
norandommap
# One processor: moving between them is noise that nobody asked about.
cpus_allowed=0
[reads]
io_size=400m
END

# compare ROUNDS: verdict, ratio, low, high of the engine with so many rounds of
# added work (B) against none (A).
compare() {
  build/daxmend bench --pairs "$pairs" --out "$out" --a DAXMEND_ADDED_ROUNDS=0 \
    --b "DAXMEND_ADDED_ROUNDS=$1" -- "$out/reads.fio" >"$out/log" 2>&1 || {
    tail -n 2 "$out/log" >&2
    exit 2
  }
  build/daxmend gate "$out" --policy results/reference/least_disturbed.json \
    --json >"$out/gate.json" || true
  awk -F'"' '
    $2 == "path" { path = $4 }
    $2 == "metric" { wanted = path == "fast" && $4 == "min" }
    wanted && $2 == "verdict" { printf "%s|", $4 }
    wanted && $2 ~ /^ratio/ { gsub(/[:, ]/, "", $3); printf "%s|", $3 }
    END { print "" }' "$out/gate.json"
}

[ -s "$rounds_file" ] || {
  line=$(compare 2000)
  echo "$line" | awk -F'|' '{ printf "%d\n", 2000 * 0.10 / ($2 - 1) + 0.5 }' >"$rounds_file"
}
rounds=$(cat "$rounds_file")
echo "+10 % are $rounds rounds of added work"

# say LINE: of compare, with the rounds before and the load behind.
say() {
  echo "$1" | awk -F'|' '{
    printf "%s: %s, %+.1f %% (%+.1f to %+.1f), load %s\n", $1 ? "+10 %" : "A/A",
      $2, ($3 - 1) * 100, ($4 - 1) * 100, ($5 - 1) * 100, $6
  }'
}

# In turn, so that both rows have as many when it is ended.
for number in $(seq "$comparisons"); do
  for slower in 0 "$rounds"; do
    made=$(grep -c "^$slower|" "$verdicts" || true)
    [ "$made" -lt "$number" ] || continue
    verdict=$(compare "$slower")
    line="$slower|$verdict$(cut -d ' ' -f 1 /proc/loadavg)"
    echo "$line" >>"$verdicts"
    say "$line"
  done
done
