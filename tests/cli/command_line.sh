#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# command_line.sh DAXMEND
#
# What every subcommand does with a command line that cannot be understood and
# with a standard output that takes nothing. Needs no device and no privilege.
set -u
daxmend=$(readlink -f "$1")
script=$(readlink -f "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 2
count=0
failed=0

# result WHAT WHY: WHY is empty where it went well.
result() {
  count=$((count + 1))
  if [ -z "$2" ]; then
    echo "ok $count - $1"
  else
    failed=$((failed + 1))
    echo "not ok $count - $1: $2"
    sed 's/^/# /' "$scratch/out" "$scratch/err"
  fi
}

# says WHAT PATTERN WORD...: exit status 2, nothing printed, and one line on
# stderr that matches PATTERN.
says() {
  what=$1
  pattern=$2
  shift 2
  "$daxmend" "$@" </dev/null >"$scratch/out" 2>"$scratch/err"
  status=$?
  why=
  [ $status = 2 ] || why="exit status $status"
  [ "$(wc -l <"$scratch/err")" = 1 ] || why="$why not one line"
  [ ! -s "$scratch/out" ] || why="$why something was printed"
  grep -qE -e "$pattern" "$scratch/err" || why="$why nothing matches '$pattern'"
  result "$what" "$why"
}

# full WHAT WORD...: exit status 2 and a line about standard output, which is
# full.
full() {
  what=$1
  shift
  : >"$scratch/out"
  "$daxmend" "$@" >/dev/full 2>"$scratch/err"
  status=$?
  why=
  [ $status = 2 ] || why="exit status $status"
  grep -q "standard output: No space left" "$scratch/err" ||
    why="$why nothing about standard output"
  result "$what" "$why"
}

# prints WHAT PATTERN WORD...: exit status 0.
prints() {
  what=$1
  pattern=$2
  shift 2
  "$daxmend" "$@" >"$scratch/out" 2>"$scratch/err"
  status=$?
  why=
  [ $status = 0 ] || why="exit status $status"
  grep -qE -e "$pattern" "$scratch/out" || why="$why nothing matches '$pattern'"
  result "$what" "$why"
}

full "--help says that standard output is full" --help
full "--version does" --version
full "help does" help
full "validate --list does" validate --list
full "validate --list --json does" validate --list --json -
full "bench --simulate does" bench --simulate 1
subcommands=$("$daxmend" help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
result "help lists the subcommands" \
  "$([ "$(echo "$subcommands" | wc -w)" -ge 14 ] || echo "only $subcommands")"
for subcommand in $subcommands; do
  full "$subcommand --help says that standard output is full" \
    "$subcommand" --help
  # What run does not know is fio's.
  [ "$subcommand" = run ] ||
    says "$subcommand names an option that it does not have" \
      "there is no option --no-such-thing: .*daxmend $subcommand --help" \
      "$subcommand" --no-such-thing
  prints "help $subcommand is its help" "^Usage: .*$subcommand" \
    help "$subcommand"
done

# A reader that has left is told nothing, and a closed output loses nothing
# where nothing is printed.
sh -c 'trap "" PIPE; { "$1" --help 2>"$2"; echo $? >"$3"; } | true' sh \
  "$daxmend" "$scratch/err" "$scratch/out"
result "a reader that left is no news" "$(cat "$scratch/err")"

says "nothing at all names the subcommands" "name one of .*list.*vm.*--help"
says "an unknown subcommand is named with the nearest" \
  "no subcommand lits: did you mean list\?.*daxmend --help" lits
says "without a nearest one, too" "no subcommand frobnicate: see" frobnicate
says "so is one that help is asked of" "no subcommand rport: .*report" \
  help rport
says "an option is named with the nearest" \
  "no option --jsno: did you mean --json\?.*daxmend list --help" list --jsno
says "an option of the program, too" "no option --verison: .*--version" \
  --verison
says "a missing word points to the subcommand's own help" \
  "daxmend report --help" report
says "history names its subcommands" "name one of add or show" history
says "a word too many is named" "'b' is one argument too many" list a b
says "a word that is no choice is named with the choices" \
  "--nvdimm: 'nfti' is none of nfit, e820, virtio, cxl, did you mean nfit\?" \
  vm --nvdimm nfti -- true
says "of the file system, too" "'btrfs' is none of ext4, xfs, none" \
  vm --fs btrfs -- true
says "devdax has no file system" "leave --fs out" \
  vm --mode devdax --fs ext4 -- true
says "volatile memory has no namespace" "is of a namespace" \
  vm --nvdimm cxl --cxl-volatile --mode devdax -- true
says "more processors than the virtual clock counts are refused" \
  "one processor: leave --cpus out, or use --clock wall" \
  vm --cpus 4 --clock virtual -- true
for option in "--nfit $script" "--ssdt $script" "--clear-unit 512" \
  "--error-ranges 8"; do
  # shellcheck disable=SC2086
  says "${option%% *} is refused where there is no firmware" \
    "${option%% *} is about firmware, and --nvdimm e820 has none" \
    vm --nvdimm e820 $option -- true
done
says "xfs is refused a device that is too small before a guest boots" \
  "mkfs.xfs .*--nvdimm-size" vm --fs xfs --nvdimm-size 256M -- true
says "only nfit has more than one NVDIMM" "leave --nvdimm-count out" \
  vm --nvdimm e820 --nvdimm-count 2 -- true
says "an NFIT of one's own says how many there are" \
  "leave --nvdimm-count out" vm --nfit "$script" --nvdimm-count 2 -- true
says "vm without a COMMAND, a terminal and input says that nothing runs" \
  "nothing to run: name a COMMAND" vm
reference=$(cd "$(dirname "$script")/../.." && pwd)/results/reference
says "run wants its hosts before the job" "put it first" \
  run job.fio --client=host
says "collect names a host twice" "host a is named twice" collect a a
says "collect wants a shell" "names no program" collect a --rsh ' '
says "merge refuses two runs of one host" "host a has two runs" \
  merge "a=$reference/recovery" "a=$reference/recovery" --out "$scratch/merged"
says "and runs of other jobs" "cannot be added up" \
  merge "a=$reference/recovery" "b=$reference/mmap" --out "$scratch/merged"
says "and a run that is not there" "$scratch/none does not exist" \
  merge "a=$reference/recovery" "b=$scratch/none" --out "$scratch/merged"
prints "but with --keep-going" "1 of them stands out" \
  merge --keep-going "a=$reference/recovery" "b=$scratch/none" --out "$scratch/merged"
says "a sum is not added to another" "is a sum of several hosts already" \
  merge "a=$reference/recovery" "b=$scratch/merged" --out "$scratch/other"
says "nor is what comes of it put over what it comes from" "is one of the runs" \
  merge "$scratch/merged" --out "$scratch/merged/"
prints "a report of it has the hosts" "NOT CLEAN: nothing came back" \
  report --no-html "$scratch/merged"
says "report --hosts wants a merged run" "is the run of one host" \
  report --hosts "$reference/recovery"
says "a shell without a terminal is refused" "--shell wants a terminal" \
  vm --shell
says "a shell and a COMMAND are refused" "exclude each other" \
  vm --shell -- true
prints "-V is the version" "^daxmend [0-9]" -V

says "list refuses a file that is on no persistent memory" \
  "cannot be located|keeps no list|No such file" list "$script"
says "restore refuses a name that is not there" "No such file|needs root" \
  restore /nonexistent
says "clear refuses a file that is on no persistent memory" \
  "cannot be located|keeps no list|needs root" clear "$script"
if ! ls /sys/bus/nd/devices/region* >/dev/null 2>&1; then
  says "list says that there is no persistent memory" "no persistent memory" \
    list
fi
printf x >"$scratch/$(printf 'a\033[2Jb')"
says "no escape sequence reaches the terminal" 'a\\x1b\[2Jb' \
  list "$scratch/$(printf 'a\033[2Jb')"

echo "1..$count"
[ $failed = 0 ]
