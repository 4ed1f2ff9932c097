#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# references.sh SCRATCH: a run is judged by the reference of its own system, with
# a gate of this test's own that compares by the system written into run.json.
set -euo pipefail
judge=$(cd "$(dirname "$0")/../guest" && pwd)/reference.sh
scratch=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "${scratch:?}"/*
cd "$scratch"
count=0 failed=0
# "SYSTEM FIGURE" files; 2: another system, 1: another figure.
cat >daxmend <<'END'
#!/bin/bash
read -r base_system base <"$2/run.json"
read -r system figure <"$3/run.json"
[ "$base_system" = "$system" ] || { echo "$base_system, $system now"; exit 2; }
echo "compared with $2"
[ "$base" = "$figure" ]
END
chmod +x daxmend
run() {
  mkdir -p "$1"
  echo "$2" >"$1/run.json"
}
run refs/recovery "debian12 100"
run refs/debian13/recovery "debian13 200"
# judged STATUS TEXT RUN
judged() {
  local status=0
  count=$((count + 1))
  "$judge" "$scratch/daxmend" refs recovery "$3" >out 2>&1 || status=$?
  if [ "$status" = "$1" ] && grep -q "$2" out; then
    echo "ok $count - $4"
  else
    failed=$((failed + 1))
    echo "not ok $count - $4 (status $status)"
    sed 's/^/# /' out
  fi
}
run first "debian12 100"
judged 0 "compared with refs/recovery" first "a run of Debian 12 by its own"
run second "debian13 200"
judged 0 "compared with refs/debian13/recovery" second "a run of Debian 13 by its own"
run worse "debian13 201"
judged 1 "is not what refs/debian13/recovery/run.json says" worse \
  "and is worse than that one"
run other "debian14 100"
judged 77 "debian13, debian14 now" other "one of another system is skipped, with the reasons"
echo "1..$count"
echo "$((count - failed)) checks passed, $failed failed"
[ "$failed" = 0 ]
