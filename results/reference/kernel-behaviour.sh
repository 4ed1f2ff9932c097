#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-behaviour.sh [BUILD] >kernel-behaviour.md
#
# What each kernel does with poison that it has listed, on ext4 and xfs, and the
# main job's medians there: asked of the kernels that BUILD (build) has guests for
# (cmake --preset release
# -DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;6.1;6.12;7.3"), one boot each
# under the virtual clock, JOBS (1) at a time.
set -eu

file=/mnt/pmem/behaviour.dat

# In the guest: prints "ACCESS RESULT BEFORE AFTER" lines, the sectors on the
# kernel's list before and after the access.
inside() {
  cat >/tmp/inject <<'END'
build/daxmend inject /mnt/pmem/behaviour.dat --offset 8192 --length 512 &&
  awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks >/tmp/before
END
  for access in pread pwrite pwrite512 load-new store-new; do
    rm -f $file
    dd if=/dev/zero of=$file bs=64k count=1 2>/dev/null
    sync
    row=$(/add/poison_probe $file 8192 $access sh /tmp/inject 2>/tmp/probe.err) || {
      cat /tmp/probe.err >&2
      exit 2
    }
    echo "$access" "$(echo "${row#* | }" | tr ' ' '_')" "$(cat /tmp/before)" \
      "$(awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks)"
    build/daxmend restore >/dev/null
  done
}

# one SCRATCH BUILD KERNEL FS: a boot, and its rows of both tables.
one() {
  build=$2 kernel=$3 fs=$4 at=$1/$3.$4
  mkdir -p "$at"
  "$build/daxmend" vm --clock virtual --fs "$fs" --kernel "$kernel" \
    --timeout 3600 --out "$at/run" \
    --add "$0" --add "$(dirname "$0")/each_kernel.sh" --add "$build/tests/poison_probe" -- \
    sh -c 'daxmend run jobs/recovery.fio >/out/output 2>&1 && sh "$0" inside' \
    "/add/${0##*/}" >"$at/rows" </dev/null
  awk -v kernel="$kernel" -v fs="$fs" '
    { sub("_", " ", $2); cells = cells " " $2 " (" $3 " → " $4 ") |"; ++rows }
    END {
      print "| " kernel " | " fs " |" cells
      exit rows != 5
    }' "$at/rows" >"$at/row"
  "$build/daxmend" report --csv --no-html "$at/run" >"$at/csv"
  echo "| $kernel | $fs | $(median "$at/csv" fast-read fast) |" \
    "$(median "$at/csv" fast-write fast) |" \
    "$(median "$at/csv" recover-read recovery) |" \
    "$(median "$at/csv" recover-write recovery) |" \
    "$(median "$at/csv" recover-write-512 recovery) |" >"$at/medians"
}

host() {
  build=${1:-build}
  cat <<'END'
# What each kernel does with poison

Made by `results/reference/kernel-behaviour.sh >results/reference/kernel-behaviour.md`.
One sector of a 4 KiB page of a file on fsdax was poisoned by `daxmend inject FILE
--offset 8192 --length 512`, the kernel listed it, and one process made one access
to that page, new poison for each: `pread` and `pwrite` of the whole page, `pwrite` of
the poisoned sector, a load and a store through a mapping made afterwards. In
brackets the sectors on the kernel's list of badblocks before and after the access.
Debian's stock kernels; load and store ended with the signal named.

| Linux | file system | pread 4 KiB | pwrite 4 KiB | pwrite 512 B | load | store |
| --- | --- | --- | --- | --- | --- | --- |
END
  each_kernel "$scratch" "$build"
  while read -r kernel; do
    cat "$scratch/$kernel.ext4/row" "$scratch/$kernel.xfs/row"
  done <"$scratch/kernels"
  cat <<'END'

The main job (`jobs/recovery.fio`) in the same boots, medians in guest instructions
(virtual clock):

| Linux | file system | fast read | fast write | read recovered | write recovered | 512 B write recovered |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
END
  while read -r kernel; do
    cat "$scratch/$kernel.ext4/medians" "$scratch/$kernel.xfs/medians"
  done <"$scratch/kernels"
}

# In the guest it lies beside this, too.
# shellcheck source=/dev/null
. "$(dirname "$0")/each_kernel.sh"
run_part "$@"
