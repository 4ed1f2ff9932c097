#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# injector-behaviour.sh [BUILD] >injector-behaviour.md
#
# What each injector does to each kind of access, and what repairs it, asked of
# the kernels BUILD (build) has guests for, on each emulated device.
set -eu

file=/mnt/pmem/behaviour.dat
run=/tmp/behaviour.json

# Sectors on the kernel's list.
bad() { awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks; }

# Nothing poisoned, and a file of 64 KiB.
fresh() {
  build/daxmend restore >/dev/null
  dd if=/dev/zero of=$file bs=64k count=1 conv=notrunc 2>/dev/null
  sync
}

count() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}

# The strategies with which the engine's I/Os of the same kind all succeed, one
# of them by recovering: $1 injector, $2 engine's access, $3 rw, $4 bs.
repaired_by() {
  by=
  for strategy in write clear punch; do
    fresh
    cat >/tmp/behaviour.fio <<EOT
[recover]
ioengine=external:build/fio-daxmend.so
filename=$file
size=64k
access=$2
rw=$3
bs=$4
recovery=$strategy
path_log=$run
exec_prerun=build/daxmend inject $file --via $1 --offset 8192 --length 512 >/dev/null
EOT
    rm -f $run
    fio /tmp/behaviour.fio >/tmp/behaviour.txt 2>&1 || true
    if [ ! -e $run ] || [ "$(count failed_ios)" != 0 ] ||
      [ "$(count recovered_ios)" = 0 ]; then
      continue
    fi
    left=$(bad)
    [ "$left" = 0 ] || left=" (leaves $left)"
    by="$by${by:+, }$strategy${left#0}"
  done
  echo "${by:--}"
}

# In the guest: one line a row.
inside() {
  modprobe mce-inject 2>/dev/null || true
  fresh
  for injector in "$@"; do
    for access in pread pwrite pwrite512 load store load-new store-new; do
      fresh
      before=$(bad)
      row=$(/add/poison_probe $file 8192 $access build/daxmend inject $file \
        --via "$injector" --offset 8192 --length 512 2>/tmp/probe.err) || {
        cat /tmp/probe.err >&2
        exit 2
      }
      after=$(bad)
      case $access in
        pread) by=$(repaired_by "$injector" syscall read 4k) ;;
        pwrite) by=$(repaired_by "$injector" syscall write 4k) ;;
        pwrite512) by=$(repaired_by "$injector" syscall write 512) ;;
        load-new) by=$(repaired_by "$injector" mmap read 4k) ;;
        store-new) by=$(repaired_by "$injector" mmap write 4k) ;;
        *) by="as $access-new" ;;
      esac
      echo "| $injector | $access | $before | $row | $after | $by |"
    done
  done
  fresh
}

host() {
  build=${1:-build}
  cat <<'EOT'
# What the injectors do

Made by `results/reference/injector-behaviour.sh >results/reference/injector-behaviour.md`.
One sector of a 4 KiB page was poisoned by `daxmend inject --via INJECTOR
--offset 8192 --length 512`; then one process made one access to that page, new
poison for every row. `pread` and `pwrite` are of 4 KiB, `pwrite512` of the
poisoned sector; `load` and `store` go through a mapping that the process had
before, and had read from, `load-new` and `store-new` through one it made
afterwards. Bad sectors: on the kernel's list before injecting and after the
access. Repaired by: the strategies (`recovery=`) with which the fio engine's
I/Os of that kind over the file all succeed, new poison for each; in brackets
the bad sectors that are left. A mapping that the engine makes is one made
afterwards.
EOT
  sed 's/^linux-image-amd64$/stock/; s/^linux-image-\(.*\)-amd64$/\1/' \
    "$build/guest/images" | while read -r kernel; do
    for device in nfit e820 virtio; do
      injectors="badblocks hwpoison combined"
      [ $device != nfit ] || injectors="ndctl badblocks mce hwpoison combined"
      # shellcheck disable=SC2086,SC2016
      "$build/daxmend" vm --nvdimm $device --kernel "$kernel" --timeout 1200 \
        --cpu max,vendor=GenuineIntel \
        --add "$0" --add "$build/tests/poison_probe" -- \
        sh -c 'uname -r; sh "/add/injector-behaviour.sh" inside "$@"' sh \
        $injectors >"$rows" </dev/null
      printf '\n## Linux %s, --nvdimm %s\n\n' "$(head -n 1 "$rows")" $device
      echo "| injector | access | bad sectors before | signal during injecting | access ends with | after | repaired by |"
      echo "| --- | --- | ---: | --- | --- | ---: | --- |"
      grep '^| ' "$rows"
    done
  done
}

if [ "${1-}" = inside ]; then
  shift
  inside "$@"
else
  rows=$(mktemp)
  trap 'rm -f "$rows"' EXIT
  host "$@"
fi
