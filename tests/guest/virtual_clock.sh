#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# virtual_clock.sh DAXMEND SCRATCH: two boots under the virtual clock leave the
# same run.json, byte for byte.
set -eu
here=$(dirname "$0")
daxmend=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
for boot in a b; do
  "$here/run_in_guest.sh" "$daxmend" --clock virtual --out "$scratch/$boot" -- \
    main_job.sh
done
cmp "$scratch/a/run.json" "$scratch/b/run.json"
echo "both boots left the same run.json"
