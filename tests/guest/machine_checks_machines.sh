#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# machine_checks_machines.sh DAXMEND [KERNEL...]
#
# machine_checks_many.sh, a thousand surprises by calls and a thousand mapped, on
# each KERNEL (stock, and those of 6.12 and 7.3 that there are guests for), ext4 and
# xfs.
set -u
here=$(dirname "$0")
daxmend=$1
shift
images=$(dirname "$daxmend")/guest
if [ $# = 0 ]; then
  set -- stock
  for version in 6.12 7.3; do [ ! -d "$images/$version" ] || set -- "$@" $version; done
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0 all=0
for kernel in "$@"; do
  for fs in ext4 xfs; do
    all=$((all + 1))
    if "$here/run_in_guest.sh" "$daxmend" --machine-checks --qemu 11 \
      --kernel "$kernel" --fs $fs --nvdimm-size 512M --timeout 6000 -- \
      machine_checks_many.sh >"$output" 2>&1; then
      echo "ok $all - $kernel $fs: $(grep 'machine checks$' "$output" | tr '\n' ' ')"
    else
      echo "not ok $all - $kernel $fs"
      failed=$((failed + 1))
      sed 's/^/# /' "$output"
    fi
  done
done
[ $failed = 0 ]
