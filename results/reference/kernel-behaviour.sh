#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-behaviour.sh [BUILD] >kernel-behaviour.md
#
# What each kernel does with poison that it has listed, on ext4 and xfs: asked of
# the kernels that BUILD (build) has guests for, one boot each.
set -eu

file=/mnt/pmem/behaviour.dat

# In the guest: prints "ACCESS RESULT BEFORE AFTER" lines, the sectors on the
# kernel's list before and after the access.
inside() {
  cat >/tmp/plant <<'END'
build/daxmend inject /mnt/pmem/behaviour.dat --offset 8192 --length 512 &&
  awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks >/tmp/before
END
  for access in pread pwrite pwrite512 load-new store-new; do
    rm -f $file
    dd if=/dev/zero of=$file bs=64k count=1 2>/dev/null
    sync
    row=$(/add/poison_probe $file 8192 $access sh /tmp/plant 2>/tmp/probe.err) || {
      cat /tmp/probe.err >&2
      exit 2
    }
    echo "$access" "$(echo "${row#* | }" | tr ' ' '_')" "$(cat /tmp/before)" \
      "$(awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks)"
    build/daxmend restore >/dev/null
  done
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

END
  echo "| Linux | file system | pread 4 KiB | pwrite 4 KiB | pwrite 512 B | load | store |"
  echo "| --- | --- | --- | --- | --- | --- | --- |"
  for version in "$build"/guest/*/version; do
    cat "$version"
  done | sort -V | uniq | grep -v -e -daxmend- | while read -r kernel; do
    for fs in ext4 xfs; do
      "$build/daxmend" vm --fs $fs --kernel "$kernel" --timeout 1200 \
        --add "$0" --add "$build/tests/poison_probe" -- \
        sh "/add/${0##*/}" inside >"$rows" </dev/null
      awk -v kernel="$kernel" -v fs=$fs '
        { gsub("_", " ", $2); cells = cells " " $2 " (" $3 " → " $4 ") |"; ++rows }
        END {
          print "| " kernel " | " fs " |" cells
          exit rows != 5
        }' FS=' ' "$rows"
    done
  done
}

if [ "${1-}" = inside ]; then
  inside
else
  rows=$(mktemp)
  trap 'rm -f "$rows"' EXIT
  host "$@"
fi
