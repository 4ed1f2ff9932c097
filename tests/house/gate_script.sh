#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# gate_script.sh TREE SCRATCH: ci/gate.sh in a repository of its own, whose quickstart
# and daxmend say at once what a build and a run say after minutes: it leaves what it
# says it does, passes the verdict on, and touches no file of the tree.
set -u
tree=$1 scratch=$2
failed=0
check() {
  local what=$1
  shift
  if "$@" >"$scratch.said" 2>&1; then
    echo "ok $what"
  else
    echo "FAILED: $what"
    sed 's/^/  /' "$scratch.said"
    failed=1
  fi
}
rm -rf "$scratch"
mkdir -p "$scratch/ci" "$scratch/results/reference" "$scratch/results/gate"
cp "$tree/ci/gate.sh" "$scratch/ci"
cp "$tree/.gitignore" "$scratch"
echo '{}' >"$scratch/results/reference/policy.json"
echo source >"$scratch/results/gate/gate_policy.cc"
cat >"$scratch/quickstart" <<'END'
#!/bin/sh
mkdir -p build
cat >build/daxmend <<'PROGRAM'
#!/bin/sh
case $1 in
  vm)
    while [ "$1" != --out ]; do shift; done
    mkdir -p "$2" && echo run >"$2/run.json" && echo profile >"$2/profile.json"
    ;;
  profile) [ -z "$OTHER_PROFILE" ] ;;
  gate)
    echo "$@" >build/arguments
    while [ "$1" != --junit ]; do shift; done
    echo "<testsuites/>" >"$2"
    echo "the verdict"
    exit "${VERDICT:-0}"
    ;;
  report)
    while [ "$1" != --html ]; do shift; done
    echo "<html/>" >"$2"
    echo "| table |"
    ;;
esac
PROGRAM
chmod +x build/daxmend
END
chmod +x "$scratch/quickstart"
cd "$scratch" || exit 2
unset GITHUB_ACTIONS
git init -q . && git add -A &&
  git -c user.name=t -c user.email=t@t commit -q -m base || exit 2

check "a verdict of yes is exit status 0" ci/gate.sh HEAD
check "what has profiles is judged without a policy" sh -c \
  '! grep -q -e --policy build/arguments'
check "the runs are kept" test -s results/ci/base/run.json -a -s results/ci/new/run.json
check "so are verdict, JUnit, comment and page" sh -c \
  'cd results/ci && test -s gate.txt -a -s gate.xml -a -s comment.md -a -s report.html'
check "no file of the tree was touched, and nothing is left to commit" sh -c \
  'test -z "$(git status --porcelain)"'
check "a second run replaces the first" ci/gate.sh HEAD
for verdict in 1 2; do
  check "a verdict of $verdict is passed on" sh -c \
    "VERDICT=$verdict ci/gate.sh HEAD; test \$? = $verdict"
done
check "other profiles are put away, and the policy judges" sh -c \
  'OTHER_PROFILE=1 ci/gate.sh HEAD && grep -q -e --policy build/arguments &&
   test ! -e results/ci/base/profile.json -a ! -e results/ci/new/profile.json'
check "a commit that there is not is exit status 2" sh -c \
  'ci/gate.sh nonesuch; test $? = 2'
check "no worktree is left" sh -c 'test "$(git worktree list | wc -l)" = 1'
git add -f results/ci/log
check "results that are files of the tree are not removed" sh -c \
  'ci/gate.sh HEAD; test $? = 2 -a -s results/ci/log'
exit $failed
