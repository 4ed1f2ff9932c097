#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cxl_machines.sh DAXMEND [KERNEL...]
#
# jobs/recovery.fio on every CXL machine: daxmend's device and QEMU's, ext4 and xfs,
# one and two ways, each KERNEL (those of 6.12 and 7.3 that there are guests for).
# Each must end CLEAN with nothing listed. And under the virtual clock two boots are
# the same to the byte.
set -u
daxmend=$1
shift
images=$(dirname "$daxmend")/guest
if [ $# = 0 ]; then
  for version in 6.12 7.3; do [ ! -d "$images/$version" ] || set -- "$@" $version; done
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0 all=0

# job OUT OPTION...: a boot, and its run in OUT.
job() {
  local out=$1
  shift
  "$daxmend" vm </dev/null --quiet --nvdimm cxl --qemu 11 --timeout 1800 "$@" \
    --out "$out" -- sh -c 'daxmend run jobs/recovery.fio >/out/output 2>&1 &&
      daxmend list >/out/list' >"$out.log" 2>&1
}

for kernel in "$@"; do
  for fs in ext4 xfs; do
    for device in own qemu; do
      for ways in 1 2; do
        size=256M
        [ $fs = ext4 ] || size=512M
        what="$kernel $fs $device $ways"
        out=$scratch/${what// /-}
        all=$((all + 1))
        if job "$out" --kernel "$kernel" --fs $fs --cxl-device $device \
          --cxl-ways $ways --nvdimm-size $size &&
          grep -qx "no poison is listed" "$out/list" &&
          "$daxmend" report --no-html "$out" |
          grep -q "^CLEAN: 192 I/Os recovered"; then
          echo "ok $all - $what way(s): CLEAN, 192 of 192"
        else
          echo "not ok $all - $what way(s)"
          failed=$((failed + 1))
          tail -n 20 "$out.log" "$out/output" 2>/dev/null | sed 's/^/# /'
        fi
      done
    done
  done
done
all=$((all + 1))
for boot in a b; do
  job "$scratch/$boot" --kernel "$1" --clock virtual --cxl-ways 2
done
if cmp -s "$scratch/a/run.json" "$scratch/b/run.json"; then
  echo "ok $all - two boots under the virtual clock are the same to the byte"
else
  echo "not ok $all - two boots under the virtual clock differ"
  failed=$((failed + 1))
fi
[ $failed = 0 ]
