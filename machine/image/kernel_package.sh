#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel_package.sh APT LISTS DIRECTORY ROOT WHICH
#
# Downloads a distribution's kernel packages into DIRECTORY, once, and unpacks
# them in ROOT, installing nothing; prints the kernel's version (uname -r). WHICH
# is one of
#
#   PACKAGE         as this machine's apt knows it (linux-image-amd64)
#   PACKAGE/SUITE   of that suite of Debian (linux-image-amd64/trixie-backports)
#   VERSION         the newest package of that version (6.12) that this machine's
#                   suites have or, after them, Debian's others
#
# APT is cmake/apt.sh, LISTS where it keeps the lists of suites that are not the
# machine's. Afterwards ROOT/lib/modules/VERSION has the modules and
# ROOT/vmlinuz is the kernel, wherever the packages had them. Exit status 1,
# after one line, when there is no such kernel.
set -eu

fail() {
  echo "guest kernel: $*" >&2
  exit 1
}

apt_script=$1
lists=$2
directory=$3
root=$4
which=$5
mkdir -p "$directory" "$root"
partial=$directory/partial
log=$directory/apt.log
rm -rf "$partial"
mkdir "$partial"
trap 'rm -rf "$partial"' EXIT
: >"$log"

# Suites in the order of what asking them costs, when a version is wanted.
others="bookworm-backports trixie-backports bookworm-security trixie-security
bookworm trixie testing"

# An apt command on a suite; "machine": with the lists that this machine has.
in_suite() {
  in_suite=$1
  shift
  case $in_suite in
    machine) "$@" 2>>"$log" ;;
    *) sh "$apt_script" "$lists" "$in_suite" deb "$@" 2>>"$log" ;;
  esac
}

# The packages that $2 of suite $1 depends on and that match $3.
depends() {
  in_suite "$1" apt-cache depends --important "$2" |
    sed -n "s/^ *Depends: *\\($3\\)\$/\\1/p"
}

# The packages of suite $1 with the kernel that $which names: that of the image,
# or of its parts where there is no kernel in it itself (Linux 7.3).
packages() {
  case $which in
    [0-9]*)
      image=$(in_suite "$1" apt-cache pkgnames "linux-image-$which" |
        grep -E "^linux-image-$which([.+][^-]*)?(-[0-9]+)?-amd64\$" |
        sort -V | tail -n 1)
      ;;
    *) image=${which%/*} ;;
  esac
  [ -n "$image" ] || return 0
  # "pkgnames" also knows names of which there is no package.
  [ -n "$(in_suite "$1" apt-cache show --no-all-versions "$image")" ] || return 0
  # A metapackage (linux-image-amd64) depends on the package with the kernel.
  real=$(depends "$1" "$image" 'linux-image-[0-9][^ ]*' | head -n 1)
  [ -z "$real" ] || image=$real
  parts=$(depends "$1" "$image" 'linux-\(base\|binary\|modules\)-[0-9][^ ]*')
  case $parts in
    *linux-binary-*) echo $parts ;;
    *) echo "$image" ;;
  esac
}

# Downloads the packages $2... of suite $1, leaving out what is there.
download() {
  download_suite=$1
  shift
  missing=
  for package in "$@"; do
    set -- "$directory/$package"_*.deb
    [ -e "$1" ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086
  sizes=$(in_suite "$download_suite" apt-cache show --no-all-versions $missing |
    awk '/^Size: / { bytes += $2 } /^Installed-Size: / { kib += $2 }
      END { printf "%.0f %.0f", bytes / 1e6, bytes / 1024 + kib + 1 }')
  free=$(df -Pk "$directory" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "${sizes#* }" ] ||
    fail "$((free / 1024)) MB are free in $directory, and$missing takes" \
      "$((${sizes#* } / 1024 + 1)): free some, then build again"
  echo "guest kernel: downloading$missing (${sizes% *} MB)" >&2
  # shellcheck disable=SC2086
  (cd "$partial" && in_suite "$download_suite" apt-get -q download $missing) \
    >>"$log" 2>&1 || {
    # What was listed may have been replaced.
    [ "$download_suite" != machine ] || return 1
    sh "$apt_script" "$lists" "$download_suite" deb apt-get update 2>>"$log"
    return 1
  }
  mv "$partial"/*.deb "$directory"
}

case $which in
  [0-9]*) suites="machine own $others" ;;
  */*) suites=${which#*/} ;;
  *) suites="machine own" ;;
esac
names='' asked='' own_may_differ=''
# Without lists of the machine's, or with old ones, fetching them anew helps.
[ -n "$(apt-get indextargets 2>/dev/null)" ] || own_may_differ=yes
for suite in $suites; do
  [ "$suite" != own ] || [ -n "$own_may_differ" ] || continue
  asked="$asked${asked:+, }$suite"
  [ $suite = machine ] || echo "guest kernel: asking $suite for $which" >&2
  names=$(packages "$suite") || names=
  [ -n "$names" ] || continue
  # shellcheck disable=SC2086
  download "$suite" $names && break
  # Once more, with what the suite's new lists say.
  names='' own_may_differ=yes
  [ "$suite" != machine ] || continue
  names=$(packages "$suite") || names=
  # shellcheck disable=SC2086
  [ -z "$names" ] || ! download "$suite" $names || break
  names=
done
if [ -z "$names" ] && [ -e "$directory/packages" ]; then
  # Without a network, what was downloaded for this before.
  names=$(cat "$directory/packages")
  for package in $names; do
    set -- "$directory/$package"_*.deb
    [ -e "$1" ] || names=
  done
fi
if [ -z "$names" ]; then
  why=$(grep -m 1 -E '^(E:|apt: (cannot|the machine))' "$log" || true)
  fail "there is no kernel $which in the suites asked ($asked)${why:+: $why}:" \
    "set DAXMEND_GUEST_KERNEL_PACKAGES to what apt has (PACKAGE, PACKAGE/SUITE" \
    "or VERSION), or give -DGUEST_KERNEL= and -DGUEST_MODULES="
fi
echo "$names" >"$directory/packages"
for file in "$directory"/*.deb; do
  package=$(basename "$file")
  case " $names " in *" ${package%%_*} "*) ;; *) rm "$file" ;; esac
done

for package in $names; do
  set -- "$directory/$package"_*.deb
  dpkg-deb -x "$1" "$root" >>"$log" 2>&1 ||
    fail "cannot unpack $1 ($(tail -n 1 "$log")): is the disk full? Remove" \
      "that file if it is damaged, then build again"
done
# Where the system's /usr is merged, packages have lib in usr.
if [ -d "$root/usr/lib/modules" ] && [ ! -e "$root/lib" ]; then
  ln -s usr/lib "$root/lib"
fi
set -- "$root"/lib/modules/*
[ -d "$1" ] && [ $# = 1 ] || fail "no modules are in" $names
version=$(basename "$1")
for kernel in "$root/boot/vmlinuz-$version" "$root/lib/modules/$version/vmlinuz"; do
  [ ! -e "$kernel" ] || ln -sf "$kernel" "$root/vmlinuz"
done
[ -e "$root/vmlinuz" ] || fail "no vmlinuz is in" $names
rm -f "$log"
echo "$version"
