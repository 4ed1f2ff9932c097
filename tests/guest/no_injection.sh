#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# no_injection.sh DAXMEND GUEST-DIRECTORY SCRATCH: on firmware that does not offer
# error injection (functions 7, 8 and 9), which is made here by taking the three
# bits out of what function 0 answers.
set -eu
here=$(dirname "$0")
daxmend=$1
guest=$2
scratch=$3
source=$here/../../inject/nvdimm/ssdt.asl
rm -rf "$scratch"
mkdir -p "$scratch/guest"
cp "$daxmend" "$scratch/daxmend"
ln -s "$guest"/* "$scratch/guest/"
rm "$scratch/guest/ssdt.aml"
grep -q 'Buffer (2) {0x9F, 0x03}' "$source"
sed 's/Buffer (2) {0x9F, 0x03}/Buffer (2) {0x1F, 0x00}/' "$source" >"$scratch/ssdt.asl"
iasl -vs -vw 2173 -vw 2098 -p "$scratch/guest/ssdt" "$scratch/ssdt.asl" >/dev/null
"$here/run_in_guest.sh" "$scratch/daxmend" -- no_injection_inside.sh
