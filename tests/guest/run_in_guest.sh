#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_in_guest.sh DAXMEND [VM-OPTION]... -- SCRIPT...
#
# Runs scripts, named from this folder, one after the other in one boot of the
# emulated NVDIMM. Fails when one of them fails, or when none checked anything.
# Their standard input is the file or pipe DAXMEND_INPUT, or nothing.
set -u
here=$(dirname "$0")
daxmend=$1
shift
options=()
while [ "$1" != -- ]; do
  options+=("$1")
  shift
done
shift
adds=(--add "$here/tap.sh")
for script in "$@"; do adds+=(--add "$here/$script"); done
output=$(mktemp)
trap 'rm -f "$output"' EXIT
"$daxmend" vm "${options[@]}" "${adds[@]}" -- \
  sh -c 'status=0
    for s in "$@"; do
      read -r since rest </proc/uptime
      echo "# $s"
      sh "/add/${s##*/}" || status=1
      read -r now rest </proc/uptime
      echo "# $s took $((${now%.*} - ${since%.*})) s of the guest"
    done
    exit $status' \
  sh "$@" <"${DAXMEND_INPUT:-/dev/null}" | tee "$output"
status=${PIPESTATUS[0]}
echo "$(grep -c '^ok ' "$output") checks passed, $(grep -c '^not ok ' "$output") failed"
grep -q '^ok ' "$output" && ! grep -q '^not ok ' "$output" && exit "$status"
exit 1
