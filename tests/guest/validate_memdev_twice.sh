#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# validate_memdev_twice.sh DAXMEND SCRATCH
#
# daxmend validate --memdev on both kernels, by both ways, twice each under the
# virtual clock: the right device fails nothing, and the same JSON comes to the
# byte.
set -u
daxmend=$1 scratch=$2
here=$(dirname "$0")
rm -rf "$scratch"
mkdir -p "$scratch"
touch "$scratch/virtual.clock"
failed=0
for kernel in 6.12 7.3; do
  for run in 1 2; do
    "$here/run_in_guest.sh" "$daxmend" --nvdimm cxl --qemu 11 --kernel $kernel \
      --clock virtual --add "$scratch/virtual.clock" \
      --out "$scratch/$kernel.$run" -- validate_memdev.sh || failed=1
  done
  for way in kernel direct; do
    if cmp "$scratch/$kernel.1/$way.json" "$scratch/$kernel.2/$way.json"; then
      echo "ok - $kernel, $way: the same JSON twice"
    else
      echo "not ok - $kernel, $way: the same JSON twice"
      failed=1
    fi
  done
done
exit $failed
