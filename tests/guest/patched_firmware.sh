#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# patched_firmware.sh DAXMEND SCRATCH NAME: runs NAME_inside.sh on the emulated
# NVDIMM with NAME.patch applied to its firmware.
set -eu
here=$(dirname "$0")
daxmend=$1
scratch=$2
name=$3
"$here/../mutants/build.sh" "$scratch" "$here/$name.patch"
"$here/run_in_guest.sh" "$daxmend" --ssdt "$scratch/$name/ssdt.aml" -- \
  "${name}_inside.sh"
