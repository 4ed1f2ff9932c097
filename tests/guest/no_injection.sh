#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# no_injection.sh DAXMEND SCRATCH: on firmware that does not offer error injection
# (functions 7, 8 and 9), no_injection.patch.
set -eu
here=$(dirname "$0")
daxmend=$1
scratch=$2
"$here/../mutants/build.sh" "$scratch" "$here/no_injection.patch"
"$here/run_in_guest.sh" "$daxmend" --ssdt "$scratch/no_injection/ssdt.aml" -- \
  no_injection_inside.sh
