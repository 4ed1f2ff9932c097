#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Does this tree cost more instructions than another commit? Builds both, runs
# the job file with both, here and now, so that their fingerprints agree, and
# judges: by the profiles of both, exactly, with the functions that changed named;
# where the base commit's cannot be compared, by results/reference/policy.json. In
# any CI, in one job:
#
#   ci/gate.sh BASE-COMMIT [JOB]     JOB: recovery, mmap ...
#
# Leaves in results/ci/: base/ and new/ (the runs), gate.txt (the verdict),
# gate.xml (JUnit), comment.md (for a pull request), report.html (both runs side
# by side) and log. Needs what ./quickstart needs, and the base commit in the
# clone (fetch-depth: 0).
#
# Exit status: 0 nothing got worse, 1 something did, 2 it could not be told.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] && [ $# -le 2 ] || {
  echo "usage: ci/gate.sh BASE-COMMIT [JOB]" >&2
  exit 2
}
base=$1 job=${2:-recovery}
out=$PWD/results/ci log=$PWD/results/ci/log
[ -z "$(git ls-files "$out")" ] || {
  echo "gate.sh: $out holds files of the tree, which would be removed" >&2
  exit 2
}
rm -rf "$out"
mkdir -p "$out"
failed() {
  tail -n 5 "$log" >&2
  echo "gate.sh: $1; the whole story is in results/ci/log" >&2
  exit 2
}
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree" 2>>"$log" || rm -rf "$tree"' EXIT
trap 'exit 2' INT TERM
git worktree add --detach "$tree" "$base" >>"$log" 2>&1 ||
  failed "there is no commit $base here (a shallow clone? git fetch --unshallow)"

# measure NAME TREE
measure() {
  echo "gate.sh: building and running jobs/$job.fio: $1 ($(git -C "$2" log -1 --format='%h %s'))"
  (
    cd "$2"
    ./quickstart build &&
      build/daxmend vm </dev/null --clock virtual --profile --out "$out/$1" -- \
        daxmend run "jobs/$job.fio"
  ) >>"$log" 2>&1 || failed "$1 could not be built and measured"
}
measure base "$tree"
measure new .

# Of a base commit that counts otherwise.
policy=
build/daxmend profile --diff "$out/base" "$out/new" >>"$log" 2>&1 || {
  echo "gate.sh: the profiles cannot be compared; judging by policy.json" >&2
  policy=results/reference/policy.json
  rm -f "$out"/base/profile.json "$out"/new/profile.json
}
status=0
build/daxmend gate "$out/base" "$out/new" --junit "$out/gate.xml" \
  ${policy:+--policy "$policy"} ${GITHUB_ACTIONS:+--github} \
  >"$out/gate.txt" 2>&1 || status=$?
cat "$out/gate.txt"
build/daxmend report results/ci/base results/ci/new --markdown \
  --html "$out/report.html" >"$out/table.md"
{
  echo '```'
  grep -v '^::' "$out/gate.txt"
  echo '```'
  echo '<details><summary>Medians</summary>'
  echo
  cat "$out/table.md"
  echo '</details>'
} >"$out/comment.md"
rm "$out/table.md"
exit "$status"
