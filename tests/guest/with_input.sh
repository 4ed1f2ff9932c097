#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# with_input.sh file|pipe DAXMEND [VM-OPTION]... -- SCRIPT...
#
# run_in_guest.sh whose scripts have a standard input, of which standard_input.sh
# knows the sum: every byte there is, and five million more. From a pipe it comes
# in two parts, the second when the first has been taken.
set -eu
here=$(dirname "$0")
kind=$1
daxmend=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{
  for byte in {0..255}; do printf "\\x$(printf %02x "$byte")"; done
  head -c 5000001 /dev/urandom
} >"$scratch/input"
md5sum <"$scratch/input" >"$scratch/input.md5"
DAXMEND_INPUT=$scratch/input
if [ "$kind" = pipe ]; then
  DAXMEND_INPUT=$scratch/pipe
  mkfifo "$DAXMEND_INPUT"
  { dd bs=256 count=1 2>/dev/null && cat; } <"$scratch/input" >"$DAXMEND_INPUT" &
fi
export DAXMEND_INPUT
"$here/run_in_guest.sh" "$daxmend" --add "$scratch/input.md5" "$@"
