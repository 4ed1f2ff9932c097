#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# How often the gate of the wall clock is right on this machine, as busy as it
# is: compares the engine on tmpfs with itself, and with itself made 10 % slower
# (fio-daxmend-changed, tests/changed_engine), again and again, by the least
# disturbed I/O of each run (least_disturbed.json). Prints a line a comparison
# and a table.
#
#   results/reference/power.sh [COMPARISONS [PAIRS]]   from the root of the
#                                         tree, built; 20 of each, 48 pairs
#
# Exit status: 0 measured, 2 a run failed.
set -eu
cd "$(dirname "$0")/../.."
comparisons=${1:-20} pairs=${2:-48}
out=$(mktemp -d)
data=$(mktemp /dev/shm/daxmend-power.XXXXXX)
trap 'rm -rf "$out" "$data"' EXIT
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

# compare PAIRS ROUNDS: verdict, ratio, low, high of the engine with so many
# rounds of added work (B) against none (A).
compare() {
  build/daxmend bench --pairs "$1" --out "$out" --a DAXMEND_ADDED_ROUNDS=0 \
    --b "DAXMEND_ADDED_ROUNDS=$2" -- "$out/reads.fio" >"$out/log" 2>&1 || {
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

rounds=$(compare "$pairs" 2000 | awk -F'|' '{ printf "%d", 2000 * 0.10 / ($2 - 1) + 0.5 }')
echo "+10 % are $rounds rounds of added work"

# say LINE: of compare, with the rounds before and the load behind.
say() {
  echo "$1" | awk -F'|' '{
    printf "%s: %s, %+.1f %% (%+.1f to %+.1f), load %s\n", $1 ? "+10 %" : "A/A",
      $2, ($3 - 1) * 100, ($4 - 1) * 100, ($5 - 1) * 100, $6
  }'
}

for slower in 0 "$rounds"; do
  for i in $(seq "$comparisons"); do
    line="$slower|$(compare "$pairs" "$slower")$(cut -d ' ' -f 1 /proc/loadavg)"
    echo "$line" >>"$out/verdicts"
    say "$line"
  done
done
awk -F'|' -v pairs="$pairs" '
  { slow = $1 != 0; n[slow]++; seen[slow, $2]++
    sum[slow] += $3; load += $6 }
  END {
    print "\n| compared | comparisons | pairs each | same | worse | better | can'"'"'t tell | mean estimate |"
    print "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for (slow = 0; slow < 2; slow++)
      printf "| %s | %d | %d | %d | %d | %d | %d | %+.1f %% |\n",
        slow ? "+10 %" : "A/A", n[slow], pairs, seen[slow, "same"],
        seen[slow, "worse"], seen[slow, "better"],
        seen[slow, "can'"'"'t tell"], (sum[slow] / n[slow] - 1) * 100
    printf "\nmean load of the machine: %.1f\n", load / NR
  }' "$out/verdicts"
