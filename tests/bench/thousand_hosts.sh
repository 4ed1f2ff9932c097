#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# thousand_hosts.sh DAXMEND RUN [HOSTS]
#
# Adds RUN up as that of 1,000 hosts and reports it, with a page, in 500 MB of
# address space (which is more than what is resident). Prints the seconds that
# each took.
set -euo pipefail
daxmend=$(readlink -f "$1")
run=$(readlink -f "$2")
hosts=${3:-1000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir in
i=0
while [ $i -lt "$hosts" ]; do
  i=$((i + 1))
  mkdir "in/host$i"
  cp "$run/run.json" "in/host$i/"
done
ulimit -v 500000
timed() {
  TIMEFORMAT="$2: %R s, %U + %S s of processors"
  time "$@" >out 2>err || { cat err >&2 && exit 1; }
}
timed "$daxmend" merge in/* --out all
timed "$daxmend" report all
grep -q "^$(sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$hosts") hosts" out || {
  echo "the report does not say $hosts hosts" >&2
  exit 1
}
timed "$daxmend" report --hosts --csv all
[ "$(wc -l <out)" = $((hosts + 2)) ] || {
  echo "the table has not $hosts rows and the sum" >&2
  exit 1
}
