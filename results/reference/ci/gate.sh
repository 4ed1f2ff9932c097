#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same for any CI: does this tree cost more instructions than another
# commit? Both are measured here and now, so their fingerprints agree.
#
#   results/reference/ci/gate.sh BASE-COMMIT [JOB]     status 0 no, 1 yes, 2 ?
#
# Needs both commits built by their own ./quickstart; leaves results/gate/.
set -eu
cd "$(dirname "$0")/../../.."
base=${1:?gate.sh: name the commit to compare with}
job=${2:-recovery}
out=$PWD/results/gate
rm -rf "$out"
mkdir -p "$out"
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree" 2>/dev/null; rm -rf "$tree"' EXIT
{
  git worktree add --detach "$tree" "$base" >"$out/log" 2>&1 &&
    (cd "$tree" && ./quickstart) >>"$out/log" 2>&1 &&
    ./quickstart >>"$out/log" 2>&1 &&
    (cd "$tree" && build/daxmend vm --clock virtual --out "$out/base" -- \
      daxmend run "jobs/$job.fio") >>"$out/log" 2>&1 &&
    build/daxmend vm --clock virtual --out "$out/new" -- \
      daxmend run "jobs/$job.fio" >>"$out/log" 2>&1
} || { tail -n 5 "$out/log" >&2; echo "gate.sh: could not be measured, see $out/log" >&2; exit 2; }
build/daxmend report "$out/base" "$out/new" --markdown >"$out/comment.md"
build/daxmend gate "$out/base" "$out/new" --junit "$out/gate.xml" \
  --policy results/reference/policy.json
