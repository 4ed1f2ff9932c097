#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fio_source.sh APT LISTS VERSION DIRECTORY
#
# Fetches the source of Debian's fio VERSION (3.39-1) and configures it in
# DIRECTORY. Where that source package is not to be had, any other of the same
# fio (3.39) does, and of that the original source alone: engines see no
# difference. APT and LISTS are cmake/apt.sh and where it keeps its lists. Needs
# no root. Exit status 1, after one line, when there is no such source; DIRECTORY
# is then not there.
set -eu

apt_script=$1
lists=$2
version=$3
mkdir -p "$(dirname "$4")"
directory=$(cd "$(dirname "$4")" && pwd)/$(basename "$4")
fio=${version%-*}
log=$directory.log
part=$directory.part
rm -rf "$part"
mkdir "$part"
trap 'rm -rf "$part"' EXIT
: >"$log"

fail() {
  echo "$* (see $log)" >&2
  exit 1
}

in_suite() {
  in_suite=$1
  shift
  sh "$apt_script" "$lists" "$in_suite" deb-src "$@" 2>>"$log"
}

# The version of fio's source that suite $1 has and that is nearest to ours.
offered() {
  in_suite "$1" apt-cache showsrc fio | sed -n 's/^Version: //p' |
    grep -E "^$(echo "$fio" | sed 's/[.+]/\\&/g')(-|\$)" >"$part/versions" || true
  grep -Fx "$version" "$part/versions" || tail -n 1 "$part/versions"
}

# Unpacks what came; false when that is not enough.
unpack() {
  rm -rf "$part/source"
  set -- "$part"/fio_*.dsc
  if [ -e "$1" ] &&
    (cd "$part" && dpkg-source --no-check -x "$1" source) >>"$log" 2>&1; then
    return
  fi
  rm -rf "$part/source"
  set -- "$part"/fio_*.orig.tar.*[!c]
  [ -e "$1" ] || return 1
  mkdir "$part/source"
  tar -C "$part/source" --strip-components=1 -xf "$1" >>"$log" 2>&1 ||
    fail "cannot unpack $(basename "$1"): $(tail -n 1 "$log")"
}

found=
for suite in own testing trixie-backports trixie bookworm-backports bookworm; do
  offer=$(offered "$suite")
  [ -n "$offer" ] || continue
  found="$found${found:+, }$offer of $suite"
  # apt keeps what it could fetch of a package, after comparing its hash.
  (cd "$part" && in_suite "$suite" apt-get --download-only --only-source \
    source "fio=$offer" >>"$log") || true
  ! unpack || break
  # The archive's files are the same ones for every suite.
  break
done
[ -d "$part/source" ] || {
  why=$(grep '^E:' "$log" | tail -n 1) || true
  [ -n "$found" ] || why="no suite lists it${why:+; $why}"
  [ -z "$found" ] || why="tried $found${why:+; $why}"
  fail "the mirror does not have the source of fio $fio: $why"
}
(cd "$part/source" && ./configure --disable-native) >>"$log" 2>&1 ||
  fail "cannot configure fio $fio: $(tail -n 1 "$log")"
rm -rf "$directory"
mv "$part/source" "$directory"
rm -f "$log"
