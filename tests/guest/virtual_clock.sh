#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# virtual_clock.sh DAXMEND SCRATCH: two boots under the virtual clock leave the
# same run.json, byte for byte, although QEMU is not left in peace in one of them.
set -eu
here=$(dirname "$0")
daxmend=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
"$here/run_in_guest.sh" "$daxmend" --clock virtual --out "$scratch/a" -- \
  main_job.sh
"$here/run_in_guest.sh" "$daxmend" --clock virtual --out "$scratch/b" \
  --qemu "$here/disturbed_qemu.sh" -- main_job.sh
diff "$scratch/a/run.json" "$scratch/b/run.json" || {
  echo "the disturbed boot left another run.json"
  exit 1
}
echo "both boots left the same run.json"
