#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Random sequences of injecting, writing, repairing, clearing, restoring, being
# killed and attaching anew (sequences.cc): as many as /add/sequences.count says,
# 20 without it.
. /add/tap.sh

count=$(cat /add/sequences.count 2>/dev/null || echo 20)
/add/sequences "$count" 1 >/tmp/sequences.txt 2>&1
status=$?
cat /tmp/sequences.txt
check "$count sequences: after restore no byte is older than the newest written" \
  [ $status = 0 ]
rm -f /mnt/pmem/sequences.dat
finish
