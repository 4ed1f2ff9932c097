#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_options.sh SCRATCH: what run.sh refuses, and the page that it makes of steps
# that were tried before. Makes no root.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "${scratch:?}"/*
mkdir -p "$scratch/tree/tests/platforms" "$scratch/tree/results/reference"
cp "$top/tests/platforms/run.sh" "$scratch/tree/tests/platforms"
cd "$scratch"
count=0 failed=0

report() { # WHETHER-OK WHAT
  count=$((count + 1))
  if [ "$1" = 0 ]; then
    echo "ok $count - $2"
  else
    failed=$((failed + 1))
    echo "not ok $count - $2"
    sed 's/^/# /' out
  fi
}
run() { # STATUS OPTION...: never for long, whatever it is asked
  local expected=$1 status=0
  shift
  timeout 60 bash tree/tests/platforms/run.sh "$@" >out 2>&1 </dev/null || status=$?
  [ "$status" = "$expected" ]
}
refuses() { # PATTERN OPTION...: in one line, with status 2
  local pattern=$1 bad=0
  shift
  run 2 "$@" && [ "$(wc -l <out)" = 1 ] && grep -qE -e "^run.sh: .*$pattern" out || bad=1
  report $bad "refuses $*"
}
refuses "--roots wants a word" --roots
refuses "--steps wants a word" --steps
refuses "--steps names no step" --steps ""
refuses "there is no step root:tset" --steps root:tset
refuses "there is no platform debian11" debian11
refuses "there is no option --bogus" --bogus
refuses "/nowhere/at/all: no such directory" --fio-source /nowhere/at/all
refuses "is no source tree of fio" --fio-source "$scratch"
refuses "nothing was tried in .*/never" --roots "$scratch/never" --print
bad=0
run 0 --help || bad=1
report $bad "--help"

step() { # PLATFORM STEP STATUS COUNTS
  mkdir -p "roots/$1.steps/$2"
  echo "$3" >"roots/$1.steps/$2/status"
  echo 89 >"roots/$1.steps/$2/seconds"
  echo abc1234 >"roots/$1.steps/$2/commit"
  echo "$4" >"roots/$1.steps/$2/counts"
}
step debian12 root:run 0 ""
step debian12 root:test 0 "9 passed, 0 failed, 0 skipped"
printf 'job,path,p50\nfast-read,fast,2480\nrecover-read,recovery,872448\n' \
  >roots/debian12.steps/root:run/csv
page=tree/results/reference/platforms.md
bad=0
run 0 --roots roots --print || bad=1
report $bad "--print: what was not tried is no failure"
bad=0
grep -qF '| debian12 | root | `./quickstart test` | abc1234 | 0 | 1 | 9 passed, 0 failed, 0 skipped |' \
  $page && grep -qF '| debian12 | 2480 |  | 872448 |  |' $page || bad=1
cp $page out
report $bad "the page has each step with its commit, and the main job's medians"
step debian13 user:test 1 "8 passed, 1 failed, 0 skipped"
bad=0
run 1 --roots roots --print || bad=1
report $bad "a step that failed is exit status 1"

echo "1..$count"
echo "$((count - failed)) checks passed, $failed failed"
[ "$failed" = 0 ]
