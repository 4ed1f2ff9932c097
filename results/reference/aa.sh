#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same thing again and again: boots the emulated NVDIMM under the virtual
# clock, each time anew, while another process keeps a processor busy, and
# compares every run with the first one. There must be no difference, in the
# gate's numbers and in any byte of run.json.
#
#   results/reference/aa.sh [BOOTS [JOB]]     from the root of the tree, built;
#                                             20 boots of recovery by default
#
# JOBS (1) boots go at a time: 12 make a load of 13. QEMU is --qemu ${QEMU:-the
# installed one}. Exit status: 0 no difference, 1 some, 2 a boot failed.
set -eu

# one OUT BOOT JOB
one() {
  run=$1/$2
  mkdir "$run"
  build/daxmend vm </dev/null --clock virtual --timeout 6000 ${QEMU:+--qemu "$QEMU"} \
    --out "$run" -- daxmend run "jobs/$3.fio" >"$run.log" 2>&1 || {
    tail -n 5 "$run.log" >&2
    echo "aa.sh: boot $2 failed" >&2
    exit 2
  }
  cut -d ' ' -f 1 /proc/loadavg >"$run.load"
}

if [ "${1-}" = one ]; then
  shift
  one "$@"
  exit
fi
itself=$(realpath "$0")
cd "$(dirname "$0")/../.."
boots=${1:-20} job=${2:-recovery}
out=$(mktemp -d)
(while :; do :; done) &
burner=$!
trap 'kill $burner; rm -rf "$out"' EXIT
trap 'exit 2' INT TERM
failed=0
seq "$boots" | xargs -P "${JOBS:-1}" -I BOOT "$itself" one "$out" BOOT "$job" || failed=2
[ $failed = 0 ] || exit $failed
differ=0
for boot in $(seq "$boots"); do
  run=$out/$boot
  verdict=$(build/daxmend gate "$out/1" "$run" | tail -n 1)
  bytes=same
  cmp -s "$out/1/run.json" "$run/run.json" || bytes=differ
  case $verdict in *" numbers "*" same") ;; *) bytes=differ ;; esac
  [ "$bytes" = same ] || differ=$((differ + 1))
  echo "boot $boot: $verdict; run.json $bytes ($(sha256sum <"$run/run.json" | cut -c 1-16)); load $(cat "$run.load")"
done
echo "$boots boots of jobs/$job.fio, $differ differ from the first"
[ "$differ" = 0 ]
