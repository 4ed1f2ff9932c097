#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# overlay.sh OUTPUT SCRATCH BASE.files INIT JOBS PROGRAM...
#
# The part of the guest's initial file system that changes when daxmend does:
# the PROGRAMs (daxmend, its engine) with those of their libraries that the base
# lacks, the job files in the directory JOBS, and the init script. A PROGRAM or
# JOBS written FILE=NAME is that FILE, which the guest finds under the absolute
# NAME, too: job files that were installed name installed files. OUTPUT is a
# compressed cpio archive, of a level that makes nobody wait after a build.
set -eu

output=$1
tree=$2
base=$3
init=$4
jobs=$5
shift 5

# named COPY FILE[=NAME]: a link of that NAME to COPY, which is in the tree.
named() {
  case $2 in
    *=*) ;;
    *) return 0 ;;
  esac
  name=${2#*=}
  mkdir -p "$tree$(dirname "$name")"
  ln -sfn "${1#"$tree"}" "$tree$name"
}

rm -rf "$tree"
home=$tree/root/daxmend
mkdir -p "$home/build" "$home/jobs" "$home/results"
ln -s /out "$home/results/latest"
cp "$init" "$tree/init"
chmod 755 "$tree/init"
named "$home/jobs" "$jobs"
for job in "${jobs%%=*}"/*.fio; do
  [ ! -e "$job" ] || cp "$job" "$home/jobs/"
done
for argument in "$@"; do
  program=${argument%%=*}
  copy=$home/build/$(basename "$program")
  # An installed one has been stripped.
  case $argument in
    *=*) cp "$program" "$copy" ;;
    *) strip --strip-debug -o "$copy" "$program" ;;
  esac
  named "$copy" "$argument"
  ldd "$program" | grep -o '/[^ ]*' || true
done | sort -u | while read -r file; do
  place=$(readlink -f "$(dirname "$file")")/$(basename "$file")
  grep -qxF "$place" "$base" && continue
  mkdir -p "$tree$(dirname "$place")"
  cp -L "$file" "$tree$place"
done
# Directories the base has too keep its modes: they are named again.
(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort |
  cpio -o -H newc --owner 0:0 --reproducible --quiet) |
  zstd -q -9 -T0 >"$output.new"
rm -rf "$tree"
mv "$output.new" "$output"
