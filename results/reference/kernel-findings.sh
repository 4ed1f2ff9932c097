#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-findings.sh FINDING [KERNEL [BUILD]]
#
# Does once more what kernel-findings.md says of a kernel, in the emulated NVDIMM, and
# prints what came of it. FINDING is one of read-efault, write-efault, block-write-oops,
# block-read-eio, full-list, vm-read-panic, list-warning; KERNEL (6.1, 6.12, 7.3; stock
# when it is left out) a guest that BUILD (build) has. QEMU is --qemu ${QEMU:-11}
# (./quickstart qemu). Exit status: 0 as in kernel-findings.md, 1 otherwise, 2 it could
# not be tried.
set -eu

say() { echo "== $*"; }
# Poison in the first sector of the file's third page.
make_file() {
  file=/mnt/pmem/file
  dd if=/dev/urandom of=$file bs=64k count=1 2>/dev/null
  sync
}
poison() { build/daxmend inject $file "$@" --offset 8k --length 512 >/dev/null; }
load() { xfs_io -r -c "mmap -r 0 64k" -c "mread 8192 8" $file; }
# Runs a command, and prints what it complains of.
try() {
  say "$*"
  "$@" >/dev/null 2>/tmp/said || :
  said=$(grep -vE 'records (in|out)|copied' /tmp/said | tail -n 1)
  echo "${said:-done}"
}
read_page() { try dd if=$file of=/dev/null bs=4k skip=2 count=1; }
list() {
  say "/sys/block/pmem0/badblocks"
  head -n 3 /sys/block/pmem0/badblocks
}
kernel_said() {
  say "the kernel's log"
  dmesg | grep -E "$1" | head -n 3 | sed 's/^/    /'
}
last_dd() { grep -E "^dd: " /tmp/said | tail -n 1; }

inside() {
  make_file
  case $1 in
    read-efault)
      poison --silent
      list
      read_page
      first=$(last_dd)
      sleep 1
      list
      read_page
      echo "$first" | grep -q "Bad address" &&
        last_dd | grep -qE "I/O error|Input/output error"
      ;;
    write-efault)
      poison
      list
      try dd if=/dev/zero of=$file bs=512 seek=16 count=1 conv=notrunc
      last_dd | grep -q "Bad address" || return 1
      try dd if=/dev/zero of=$file bs=4k seek=2 count=1 conv=notrunc
      list
      [ -z "$(last_dd)" ]
      ;;
    block-read-eio | block-write-oops)
      poison --silent
      try load
      sleep 1
      list
      # The last sector of that page is good.
      sector=$(awk '{ print $1 + 7; exit }' /sys/block/pmem0/badblocks)
      if [ "$1" = block-read-eio ]; then
        try xfs_io -d -r -c "pread $((sector * 512)) 512" /dev/pmem0
        grep -qE "I/O error|Input/output error" /tmp/said
      else
        try xfs_io -d -c "pwrite $((sector * 512)) 512" /dev/pmem0
        kernel_said 'BUG:|Oops|RIP: 0010'
        dmesg | grep -q 'Oops: '
      fi
      ;;
    full-list)
      dd if=/dev/urandom of=/mnt/pmem/fill bs=1M count=4 2>/dev/null
      sync
      build/daxmend inject /mnt/pmem/fill --via badblocks --every 8k --span 512 \
        >/dev/null
      poison --silent
      try load
      sleep 1
      build/daxmend restore /mnt/pmem/fill >/dev/null
      say "the list was full when the load met the poison; now it is:"
      list
      read_page
      last_dd | grep -q "Bad address" || return 1
      try dd if=/dev/zero of=$file bs=4k seek=2 count=1 conv=notrunc
      last_dd | grep -q "Bad address" || return 1
      read_page
      last_dd | grep -q "Bad address"
      ;;
    vm-read-panic)
      poison --silent
      # Of a mapping that was there before.
      try /add/poison_probe $file 8192 vm-read true
      echo "it came back"
      return 1
      ;;
    list-warning)
      dd if=/dev/urandom of=/mnt/pmem/fill bs=1M count=4 2>/dev/null
      sync
      build/daxmend inject /mnt/pmem/fill --via badblocks --every 8k --span 512 \
        >/dev/null
      try cat /sys/block/pmem0/badblocks
      kernel_said 'WARNING:|RIP: 0010'
      dmesg | grep -q 'sysfs_kf_seq_show'
      ;;
  esac
}

findings='read-efault write-efault block-write-oops block-read-eio full-list
vm-read-panic list-warning'
finding=${1-}
if [ "$finding" = inside ]; then
  inside "$2"
  exit
fi
# shellcheck disable=SC2086
case " $(echo $findings) " in
  *" $finding "*) ;;
  *)
    sed -n '3,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
kernel=${2:-stock} build=${3:-build}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
"$build/daxmend" vm --machine-checks --qemu "${QEMU:-11}" --kernel "$kernel" --console \
  --add "$0" --add "$build/tests/poison_probe" -- \
  sh "/add/${0##*/}" inside "$finding" >"$output" 2>&1 </dev/null || status=$?
if [ "$finding" = vm-read-panic ]; then
  grep -aE "^== |Kernel panic|RIP: 0010|daxmend vm: " "$output" || :
  ! grep -q "Kernel panic" "$output" || exit 0
  [ "$status" -le 1 ] || exit 2
  exit 1
fi
sed -n '/^== /,$p' "$output" | grep -avE '^(\[ *[0-9]|daxmend-init:)'
[ "$status" -le 1 ] || exit 2
exit "$status"
