#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cxl_faults.sh DAXMEND
#
# CXL devices that lie: nothing that daxmend does on one of them ends well. One boot
# each.
set -u
daxmend=$1
failed=0 all=0

# ask FAULT WHAT PATTERN SCRIPT: SCRIPT fails with status 2 or 1 and says PATTERN.
ask() {
  all=$((all + 1))
  local output
  output=$("$daxmend" vm </dev/null --quiet --nvdimm cxl --qemu 11 --kernel 6.12 \
    --cxl-fault "$1" -- sh -c "
      dd if=/dev/urandom of=/mnt/pmem/f bs=1M count=2 2>/dev/null
      sync
      $4" 2>&1)
  if grep -qE -e "$3" <<<"$output"; then
    echo "ok $all - $1: $2"
  else
    echo "not ok $all - $1: $2"
    failed=$((failed + 1))
    sed 's/^/# /' <<<"$output"
  fi
}

ask inject-is-not-listed "inject tells" \
  "did not poison 1 of 1|status: 2" \
  'build/daxmend inject /mnt/pmem/f --count 1 --span unit; echo "status: $?"'
ask clear-does-nothing "clear tells" "is still bad after it was rewritten" \
  'build/daxmend inject /mnt/pmem/f --count 1 --span unit
   build/daxmend clear /mnt/pmem/f; echo "status: $?"'
ask clear-does-nothing "restore tells" "is still listed as bad" \
  'build/daxmend inject /mnt/pmem/f --count 1 --span unit
   build/daxmend restore; echo "status: $?"'
ask clear-does-nothing "a run is not clean" "NOT CLEAN: .*still poisoned" \
  'daxmend run jobs/recovery.fio >/dev/null 2>&1
   build/daxmend report --no-html results/latest | tr "\n" " "'
ask list-never-ends "a list without an end is cut" \
  "has more than it lists|and has more|the kernel shows one page" \
  'build/daxmend inject /mnt/pmem/f --count 1 --span unit
   timeout 60 build/daxmend list; echo "status: $?"'
[ $failed = 0 ]
