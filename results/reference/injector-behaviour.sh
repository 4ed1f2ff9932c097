#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# injector-behaviour.sh [BUILD] >injector-behaviour.md
#
# What each injector does to each kind of access, and what repairs it, asked of
# the kernels BUILD (build) has guests for, on each emulated device.
set -eu

# In the guest: one line a row.
inside() {
  file=/mnt/pmem/behaviour.dat
  run=/tmp/behaviour.json
  bad() { awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks; }
  fresh() {
    build/daxmend restore >/dev/null
    dd if=/dev/zero of=$file bs=64k count=1 conv=notrunc 2>/dev/null
    sync
  }
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
      echo "access | $injector | $access | $before | $row | $(bad)"
    done
    for strategy in none write clear punch; do
      fresh
      cat >/tmp/behaviour.fio <<EOT
[recover]
ioengine=external:build/fio-daxmend.so
filename=$file
size=64k
bs=4k
rw=read
recovery=$strategy
path_log=$run
exec_prerun=build/daxmend inject $file --via $injector --offset 8192 --length 512 >/dev/null
EOT
      rm -f $run
      fio /tmp/behaviour.fio >/tmp/behaviour.txt 2>&1 || true
      count() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'; }
      if [ -e $run ]; then
        echo "repair | $injector | $strategy | $(count recovered_ios) | $(count failed_ios) | $(bad)"
      else
        echo "repair | $injector | $strategy | refused | $(tail -n 1 /tmp/behaviour.txt) | $(bad)"
      fi
    done
  done
  fresh
}

# Rows of one kind, as a table.
table() {
  sed -n "s/^$1 | \(.*\)/| \1 |/p"
}

host() {
  build=${1:-build}
  cat <<'EOT'
# What the injectors do

Made by `results/reference/injector-behaviour.sh >results/reference/injector-behaviour.md`.
One sector of a 4 KiB page was poisoned by `daxmend inject --via INJECTOR
--offset 8192 --length 512`; then one process made one access to that page, new
poison for every row. `load` and `store` go through a mapping that the process
had before, `load-new` and `store-new` through one it made afterwards.
Badblocks: sectors on the kernel's list before planting and after the access.
Repair: 16 reads by the fio engine with `recovery=STRATEGY`, one of which meets
the poison.
EOT
  for kernel in $(sed 's/^linux-image-amd64$/stock/; s/^linux-image-\(.*\)-amd64$/\1/' "$build/guest/images"); do
    for device in nfit e820 virtio; do
      case $device in
        nfit) injectors="ndctl badblocks mce hwpoison combined" ;;
        *) injectors="badblocks hwpoison combined" ;;
      esac
      rows=$(mktemp)
      # shellcheck disable=SC2086
      "$build/daxmend" vm --nvdimm $device --kernel "$kernel" \
        --cpu max,vendor=GenuineIntel \
        --add "$0" --add "$build/tests/poison_probe" -- \
        sh -c 'uname -r; sh "/add/injector-behaviour.sh" inside "$@"' sh \
        $injectors >"$rows"
      printf '\n## Linux %s, %s\n\n' "$(head -n 1 "$rows")" $device
      echo "| injector | access | badblocks before | signal during planting | access ends with | badblocks after |"
      echo "| --- | --- | ---: | --- | --- | ---: |"
      table access <"$rows"
      printf '\n| injector | strategy | I/Os recovered | failed | badblocks after |\n'
      echo "| --- | --- | ---: | ---: | ---: |"
      table repair <"$rows"
      rm -f "$rows"
    done
  done
}

case ${1-} in
  inside)
    shift
    inside "$@"
    ;;
  *) host "$@" ;;
esac
