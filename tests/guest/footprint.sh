#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# footprint.sh DAXMEND SCRATCH: what I/Os touch is counted for every path, and two
# boots leave the same profile.json and run.json, byte for byte. Says how long a
# boot takes without a profile, with one, and with the footprint.
set -eu
here=$(dirname "$0")
. "$here/host_checks.sh"
daxmend=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
boot() { # NAME OPTION...
  local name=$1 begin=$SECONDS
  shift
  "$daxmend" vm </dev/null --clock virtual --out "$scratch/$name" "$@" \
    --add "$here/profile.fio" -- daxmend run /add/profile.fio \
    >"$scratch/output" 2>&1 || { cat "$scratch/output"; exit 1; }
  echo "# $name: $((SECONDS - begin)) s"
}
boot plain
boot profiled --profile
boot touched --profile --footprint
boot again --profile --footprint
for file in profile.json profile.folded run.json; do
  check "two boots leave the same $file" cmp "$scratch/touched/$file" "$scratch/again/$file"
done
check "the footprint changes no instruction" \
  cmp "$scratch/profiled/run.json" "$scratch/touched/run.json"
"$daxmend" profile --show "$scratch/touched" --functions 1 >"$scratch/table"
cat "$scratch/table"
paths=$(grep -cE '^[a-z0-9-]+, (fast|detect|salvage|repair|window|recovery): ' \
  "$scratch/table")
check "every path of $paths has touched something" \
  [ "$(grep -c '^touched: loads [1-9]' "$scratch/table")" = "$paths" ]
check "the model is named" grep -q "^misses are a model's: 32 KiB" "$scratch/table"
# 64 lines out, 64 lines in, and what the kernel needs for that.
lines() { # JOB KEY: of the median fast I/O
  sed -n "/^$1, fast/,/^--/p" "$scratch/table" | tr '\n' ' ' | tr -s ' ' |
    sed -n "s/.*$2 \([0-9,]*\) (.*/\1/p" | tr -d ,
}
check "a read of 4 KiB touches 128 lines of data and more" \
  [ "$(lines read 'lines of data')" -ge 128 ]
exit $status
