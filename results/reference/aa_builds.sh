#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Is the same code the same to the gate? Boots the emulated NVDIMM under the
# virtual clock with guests that differ in what nobody reads: more and other
# files, so that memory is laid out otherwise, and, where they are named, other
# builds of this commit. Each run is gated against the first, which has none.
#
# Each run has a profile, and what the gate judges of it is exact: nothing may
# differ. With PROFILE=no they have none, and are judged by policy.json.
#
#   results/reference/aa_builds.sh [COMPARISONS [DIR [DAXMEND...]]]
#
# From the root of the tree, built; 30 comparisons of jobs/recovery.fio by
# default. DIR keeps the runs, one directory each, and a run that is there is
# not made again. With 0 COMPARISONS nothing boots: what DIR holds is gated.
# DAXMENDs are those of builds in other directories and take turns.
#
# Prints the verdict on each run and what differed; with PROFILE=no what was called
# worse, then the largest difference of each kind of number that the gate judges,
# among the runs that were not called worse.
#
# Exit status: 0 nothing differed (PROFILE=no: none was called worse), 1 something
# did, 2 a boot failed or two runs cannot be compared.
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
comparisons=${1:-30} out=${2:-$scratch/runs}
profile=--profile policy=
[ "${PROFILE-}" != no ] || {
  profile='' policy=results/reference/policy.json
}
[ $# = 0 ] || shift
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- build/daxmend

# boot NUMBER DAXMEND: number 0 is the guest as it is.
boot() {
  run=$out/$1 number=$1 daxmend=$2
  [ ! -e "$run/run.json" ] || return 0
  rm -rf "$scratch/unread" "$scratch/out"
  mkdir -p "$run" "$scratch/unread" "$scratch/out"
  set --
  if [ "$number" != 0 ]; then
    # 1 to 5 files, 47 kB to 3.4 MB together.
    for file in $(seq $((number % 5 + 1))); do
      yes "$number $file" | head -c $((number * 23459 + file * 17 + 1)) \
        >"$scratch/unread/$file"
    done
    set -- --add "$scratch/unread"
  fi
  "$daxmend" vm </dev/null --clock virtual $profile "$@" --out "$scratch/out" -- \
    daxmend run jobs/recovery.fio >"$run/output" 2>&1 || {
    tail -n 5 "$run/output" >&2
    echo "aa_builds.sh: boot failed, see $run/output" >&2
    exit 2
  }
  mv "$scratch/out"/* "$run"
}

if [ "$comparisons" != 0 ]; then
  boot 0 "$1"
  for number in $(seq "$comparisons"); do
    boot "$number" "$1"
    turn=$1
    shift
    set -- "$@" "$turn"
  done
fi

# gate RUN [OPTION...]: sets status, leaves the verdict in $scratch/verdict.
gate() {
  status=0
  build/daxmend gate "$out/0" "$out/$1" ${2+"$2" "$3"} \
    >"$scratch/verdict" 2>&1 || status=$?
}

compared=0 worse=0
: >"$scratch/differences"
echo "| run | verdict |"
echo "| ---: | --- |"
for run in $(cd "$out" && ls -d [0-9]* | sort -n); do
  [ "$run" != 0 ] && [ -e "$out/$run/run.json" ] || continue
  gate "$run" ${policy:+--policy "$policy"}
  compared=$((compared + 1))
  echo "| $run | $(tail -n 1 "$scratch/verdict") |"
  # Better is not the same, either.
  [ "$status" != 0 ] || [ -n "$policy" ] ||
    ! grep -q '^  better ' "$scratch/verdict" || status=1
  case $status in
    0)
      [ -n "$policy" ] || continue
      gate "$run"
      cat "$scratch/verdict" >>"$scratch/differences"
      ;;
    1)
      worse=$((worse + 1))
      awk '/^[^ ]+ [^ ]+$/ { path = $0 }
        /^  (worse|better|changed|vanished|appeared) / {
          sub(/^ +[a-z]+ +/, ""); print "| | " path " " $0 " |"
        }' "$scratch/verdict"
      ;;
    *)
      cat "$scratch/verdict" >&2
      exit 2
      ;;
  esac
done
if [ -z "$policy" ]; then
  echo "$compared comparisons of jobs/recovery.fio, $worse differ"
  [ "$worse" = 0 ]
  exit
fi
echo "$compared comparisons of jobs/recovery.fio, $worse called worse"
echo
echo "| job | path | metric | largest difference |"
echo "| --- | --- | --- | --- |"
awk '
  /^[^ ]+ [^ ]+$/ {
    job = $1; path = $2
    sub(/^recover-.*/, "recover-*", job); sub(/^fast-.*/, "fast-*", job)
  }
  /^  (worse|better) / {
    kind = "| " job " | " path " | " $2 " |"
    percent = $NF == "%)" ? $(NF - 1) : 0
    sub(/^[-+]/, "", percent)
    if (!(kind in most) || percent + 0 > most[kind]) {
      most[kind] = percent + 0
      sub(/^ +[a-z]+ +[^ ]+ /, ""); text[kind] = $0
    }
  }
  END { for (kind in text) print kind " " text[kind] " |" }
' "$scratch/differences" | LC_ALL=C sort
[ "$worse" = 0 ]
