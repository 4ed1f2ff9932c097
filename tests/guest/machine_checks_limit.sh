#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# machine_checks_limit.sh DAXMEND [VM-OPTION]...: more poisoned pages than can be
# watched end the guest with one line that says how many can, and 2; as many as
# that are watched.
set -u
daxmend=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT
poison() { # PAGES
  "$daxmend" vm --machine-checks "$@" -- sh -c "
    file=/mnt/pmem/limit
    dd if=/dev/zero of=\$file bs=1M count=16 2>/dev/null && sync &&
    daxmend inject \$file --silent --count $pages --span 512 &&
    ! cat \$file >/dev/null 2>&1" </dev/null >"$output" 2>&1
}
failed=0
pages=1024
poison "$@" || {
  echo "1,024 pages: status $?"
  cat "$output"
  failed=1
}
pages=1025
poison "$@"
status=$?
if [ "$status" != 2 ] ||
  ! grep '^daxmend vm: 1025 poisoned pages are more' "$output"; then
  echo "1,025 pages: status $status"
  cat "$output"
  failed=1
fi
exit "$failed"
