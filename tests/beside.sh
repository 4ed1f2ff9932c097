#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# beside.sh N COMMAND...: runs COMMAND while N busy loops run, and ends with its
# status. The loops are a session of their own, as another user's would be: where
# the kernel groups tasks by session (sched_autogroup_enabled) COMMAND shares the
# processors with all of them together, otherwise with each. What it took and what
# the load was is printed at the end.
set -u
[ $# -ge 2 ] && [ "$1" -gt 0 ] 2>/dev/null || {
  echo "usage: beside.sh N COMMAND..." >&2
  exit 2
}
count=$1
shift
# Ends with this script, however that ends.
setsid bash -c '
  for ((i = 0; i < $1; ++i)); do
    while kill -0 "$0" 2>/dev/null; do for ((j = 0; j < 100000; ++j)); do :; done; done &
  done
  wait' $$ "$count" &
begin=$SECONDS
"$@"
status=$?
echo "beside $count busy loops: status $status after $((SECONDS - begin)) s," \
  "load $(cut -d ' ' -f 1-3 /proc/loadavg), autogroup" \
  "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null || echo none)"
exit $status
