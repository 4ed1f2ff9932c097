#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run_on_kernel.sh GUEST KERNEL DAXMEND [VM-OPTION]... -- SCRIPT...
#
# tests/guest/run_in_guest.sh, with dmsetup if there is one, for scripts of this
# folder or of that. Exit status 77 when GUEST, the directory of guest images,
# does not have KERNEL, which is built on demand.
set -u
here=$(cd "$(dirname "$0")" && pwd)
guest=$1
kernel=$2
shift 2
if [ ! -e "$guest/$kernel/version" ]; then
  echo "not run: the kernel $kernel is not built (./quickstart kernels)"
  exit 77
fi
adds=()
if dmsetup=$(PATH=$PATH:/usr/sbin:/sbin command -v dmsetup); then
  adds=(--add "$dmsetup")
  for library in $(ldd "$dmsetup" | grep -o '/[^ ]*'); do
    grep -qF "/$(basename "$library")" "$guest/base.cpio.zst.files" ||
      adds+=(--add "$library")
  done
else
  echo "# dmsetup is not installed: nothing is tested over device mapper"
fi
words=("$1" "${adds[@]}")
shift
while [ "$1" != -- ]; do
  words+=("$1")
  shift
done
shift
words+=(--)
for script in "$@"; do
  [ -e "$here/$script" ] && script=../kernel/$script
  words+=("$script")
done
exec "$here/../guest/run_in_guest.sh" "${words[@]}"
