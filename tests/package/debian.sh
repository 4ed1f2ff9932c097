#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian.sh CMAKE BUILD SCRATCH
#
# Makes the packages, has lintian look at them, installs them in a fresh root of
# this machine's Debian, runs the main job there as an ordinary user, and purges
# them. Needs root, debootstrap and lintian, and apt's network; 10 minutes and
# 2 GB. DAXMEND_PACKAGE_ROOT= names a root to use instead of a fresh one. What is
# mounted is in a mount namespace of its own and gone with it, whatever ends this.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case ${1-} in
  -h | --help)
    sed -n "3,/^set /s/^# \\{0,1\\}//p" "$0"
    exit
    ;;
esac
[ $# = 3 ] || {
  echo "debian.sh: CMAKE BUILD SCRATCH, not $# words (see --help)" >&2
  exit 2
}

cmake=$1
build=$2
scratch=$3
look() { echo "== $*"; }
fail() {
  echo "FAILED: $*"
  exit 1
}
for program in debootstrap lintian file; do
  command -v "$program" >/dev/null ||
    fail "$program is not installed: apt install $program"
done
[ "$(id -u)" = 0 ] || fail "run this as root: it makes a root with debootstrap"
# Also where something is mounted that an earlier one left: /dev, for one.
rm -rf --one-file-system "$scratch"
mkdir -p "$scratch"

look "packages"
rm -f "$build"/*.deb
"$cmake" --build "$build" --target package >"$scratch/build.log" 2>&1 ||
  { cat "$scratch/build.log"; fail "target package"; }
debs=("$build"/daxmend_*.deb "$build"/fio-daxmend_*.deb
  "$build"/libdaxmend-copy1_*.deb "$build"/libdaxmend-copy-dev_*.deb)
for deb in "${debs[@]}"; do
  [ -e "$deb" ] || fail "there is no $deb"
  dpkg-deb -f "$deb" Package Version Depends Recommends Installed-Size
done
dpkg-deb -f "${debs[1]}" Depends |
  grep -q "fio (= $(dpkg-query -W -f '${Version}' fio))" ||
  fail "the engine does not depend on exactly its fio"

look "lintian"
lintian --fail-on error "${debs[@]}" || fail "lintian found an error"

root=${DAXMEND_PACKAGE_ROOT:-$scratch/root}
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
if [ ! -e "$root/etc/debian_version" ]; then
  look "a fresh root of $suite"
  mirror=$(sh "$here/../../cmake/apt.sh" --mirror) ||
    fail "this machine has no entry of Debian's to make a root from"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" \
    >"$scratch/debootstrap.log" || { tail "$scratch/debootstrap.log"; fail debootstrap; }
fi
# Where this machine's packages come from, fio's among them.
cp -a /etc/apt/. "$root/etc/apt/"
cp -L /etc/resolv.conf "$root/etc/" 2>/dev/null || true
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
      HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
  ' inside "$root" "$@" </dev/null
}
quiet() {
  "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; fail "$*"; }
}

look "apt install ./daxmend*.deb"
cp "${debs[@]}" "$root/root/"
quiet inside apt-get -q update
quiet inside apt-get -q -y install man-db
quiet inside sh -c 'apt-get -q -y install /root/*daxmend*.deb'
rm "$root"/root/*.deb
inside dpkg-query -W daxmend fio-daxmend libdaxmend-copy1 libdaxmend-copy-dev

look "man daxmend-inject"
inside sh -c 'MANPAGER=cat MANWIDTH=80 man daxmend-inject' >"$scratch/man.txt"
grep -q "^NAME" "$scratch/man.txt" || fail "man daxmend-inject shows no page"
# minbase roots leave documentation out where dpkg was told so.
inside man -w daxmend fio-daxmend daxmend-vm

look "the main job in the emulated machine, as an ordinary user"
inside id guest >/dev/null 2>&1 || quiet inside useradd -m guest
vm="daxmend vm </dev/null --clock virtual -- daxmend run /usr/share/daxmend/jobs/recovery.fio"
inside su guest -c "cd && $vm" >"$scratch/first.txt" 2>"$scratch/first.err" ||
  { cat "$scratch/first.txt" "$scratch/first.err"; fail "$vm"; }
cat "$scratch/first.err"
grep -q "/home/guest/.cache/daxmend" "$scratch/first.err" ||
  fail "the first run does not say where it makes the image"
sed -n '/^daxmend: /,$p' "$scratch/first.txt"
grep -qE '0 sectors remain|CLEAN' "$scratch/first.txt" || fail "poison remains"

look "the second run makes nothing and has the same numbers"
inside su guest -c "cd && ${vm/ vm / vm --quiet }" >"$scratch/second.txt" 2>"$scratch/second.err" ||
  { cat "$scratch/second.err"; fail "$vm"; }
[ ! -s "$scratch/second.err" ] || fail "it says: $(cat "$scratch/second.err")"
diff <(sed -n '/^daxmend: /,$p' "$scratch/first.txt") \
  <(sed -n '/^daxmend: /,$p' "$scratch/second.txt") || fail "other numbers"
du -sh "$root/home/guest/.cache/daxmend"

look "a journal with poison in it is not left behind"
mkdir -p "$root/var/lib/daxmend/journal"
echo '{}' >"$root/var/lib/daxmend/journal/1.json"
! inside apt-get -q -y purge daxmend >"$scratch/log" 2>&1 || fail "it was purged"
grep -q "run 'daxmend restore'" "$scratch/log" || { cat "$scratch/log"; fail "no reason"; }
rm "$root/var/lib/daxmend/journal/1.json"

look "purge leaves nothing"
quiet inside apt-get -q -y purge daxmend fio-daxmend libdaxmend-copy1 \
  libdaxmend-copy-dev
# (/var/cache/man is man-db's, where it keeps pages that root has looked at.)
left=$(find "$root" -xdev -name '*daxmend*' -not -path "$root/home/guest/.cache/*" \
  -not -path "$root/var/cache/man/*")
[ -z "$left" ] || fail "left: $left"
echo "all good"
