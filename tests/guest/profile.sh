#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# profile.sh DAXMEND SCRATCH: what the functions take adds up to what the engine
# measured, for every path, by calls and mapped, and with jobs beside each other.
set -eu
here=$(dirname "$0")
. "$here/host_checks.sh"
daxmend=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
"$daxmend" vm </dev/null --clock virtual --profile --out "$scratch/run" \
  --add "$here/profile.fio" -- daxmend run /add/profile.fio \
  >"$scratch/output" 2>&1 || { cat "$scratch/output"; exit 1; }
"$daxmend" profile --show "$scratch/run" --functions 3 >"$scratch/table"
cat "$scratch/table"
check "all functions add up to what was measured" \
  grep -Eq '^([0-9]+) of \1 paths: ' "$scratch/table"
for path in "read, fast" "recover-read, detect" "recover-read, salvage" \
  "recover-read, repair" "recover-read, recovery" \
  "recover-write-mapped, recovery" "recover-clear, window" \
  "together-a, fast" "together-b, fast"; do
  check "there is $path" grep -q "^$path: " "$scratch/table"
done
folded=$scratch/run/profile.folded
check "a read copies below pread" grep -Eq \
  '^read;fast;daxmend::Job::Queue.*;vfs_read;.*;dax_iomap_rw;.*copy' "$folded"
check "a repair clears by the firmware's methods" grep -Eq \
  '^recover-read;repair;.*vfs_write;.*nvdimm_clear_poison;.*;acpi_ps_parse_aml' \
  "$folded"
check "they are named" grep -Eq \
  '^recover-read;repair;.*;acpi_ps_parse_aml;_SB_[.]NVDR[.](WIPE|FCLR);' "$folded"
check "the run says which command of the host it comes from" grep -Eq \
  '"vm": "daxmend vm .*--profile.* -- daxmend run /add/profile.fio"' \
  "$scratch/run/origin.json"
check "a mapped write meets its poison by a fault" grep -q \
  '^recover-write-mapped;recovery;.*asm_exc_page_fault' "$folded"
check "symbols are not kept" [ ! -e "$scratch/run/profile-symbols" ]
check "a profile does not differ from itself" \
  sh -c "'$daxmend' profile --diff '$scratch/run' '$scratch/run' |
    grep -Eq '^([0-9]+) of \1 paths are the same'"
# What cannot be profiled says so.
refused() {
  local what=$1 said=0
  shift
  "$daxmend" "$@" >"$scratch/refused" 2>&1 </dev/null || said=$?
  check "$what: status 2, one line" \
    sh -c "[ $said = 2 ] && [ \$(wc -l <'$scratch/refused') = 1 ]"
}
refused "the wall clock" vm --profile --out "$scratch/x" -- true
refused "no directory" vm --profile --clock virtual -- true
refused "a directory without a profile" profile --show "$scratch"
refused "a job file that is not there" profile "$scratch/none.fio"
refused "nothing to do" profile
refused "two things to do" profile jobs/recovery.fio --show "$scratch/run"
exit $status
