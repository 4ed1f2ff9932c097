#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages.sh SCRATCH: what the build fetches from Debian (cmake/apt.sh, kernel
# packages old and new, a QEMU, fio's source), fetched by the real apt from an
# archive of this test's own, which has what Debian has in small, and has not what
# a mirror may lack. No network, no root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
scratch=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "${scratch:?}"/*
cd "$scratch"
count=0 failed=0

# check WHAT COMMAND...: COMMAND must succeed.
check() {
  local what=$1
  shift
  count=$((count + 1))
  if "$@" >out 2>&1; then
    echo "ok $count - $what"
  else
    failed=$((failed + 1))
    echo "not ok $count - $what"
    echo "# $*"
    sed 's/^/# /' out
  fi
}
# refuses WHAT PATTERN COMMAND...: it must fail, and its last line match PATTERN.
refuses() {
  local what=$1 pattern=$2
  shift 2
  count=$((count + 1))
  if ! "$@" >out 2>&1 && tail -n 1 out | grep -qE -e "$pattern"; then
    echo "ok $count - refuses $what"
  else
    failed=$((failed + 1))
    echo "not ok $count - refuses $what"
    echo "# $*: the last line does not match '$pattern'"
    sed 's/^/# /' out
  fi
}

# package SUITE NAME VERSION DEPENDS: of the tree "tree", which it takes away.
package() {
  mkdir -p tree/DEBIAN "archive/pool/$1"
  cat >tree/DEBIAN/control <<END
Package: $2
Version: $3
Architecture: amd64
Maintainer: nobody <nobody@example.org>
Depends: $4
Description: a package of this test
END
  sed -i '/^Depends: $/d' tree/DEBIAN/control
  dpkg-deb --root-owner-group -b tree "archive/pool/$1" >/dev/null
  rm -rf tree
}
# publish SUITE: the lists of what is in its pool.
publish() {
  local at=archive/dists/$1 index
  mkdir -p "$at/main/binary-amd64" "$at/main/source" "archive/pool/$1"
  (cd archive && dpkg-scanpackages -m "pool/$1" 2>/dev/null) \
    >"$at/main/binary-amd64/Packages"
  (cd archive && dpkg-scansources "pool/$1" 2>/dev/null) >"$at/main/source/Sources"
  {
    echo "Suite: $1"
    echo "Codename: $1"
    echo "Architectures: amd64"
    echo "Components: main"
    echo "Date: $(date -Ru)"
    echo "SHA256:"
    for index in main/binary-amd64/Packages main/source/Sources; do
      echo " $(sha256sum <"$at/$index" | cut -d ' ' -f 1)" \
        "$(wc -c <"$at/$index") $index"
    done
  } >"$at/Release"
}

# Real modules would be large; depmod reads any that are ELF.
module() {
  local at=tree/$1/kernel/$2.ko
  mkdir -p "$(dirname "$at")"
  : | cc -x c -c -o "$at" -
}
modules="libnvdimm nfit nd_pmem ext4 xfs nd_e820 virtio_pci virtio_pmem virtio_blk
hwpoison_inject mce_inject"
kernel_old() { # SUITE VERSION
  mkdir -p tree/boot
  echo "kernel $2" >"tree/boot/vmlinuz-$2"
  for name in $modules crc32c_generic; do module "lib/modules/$2" "$name"; done
  package "$1" "linux-image-$2" 6.1-1 ""
}
kernel_split() { # SUITE VERSION
  local part
  for part in base binary modules; do
    mkdir -p "tree/usr/lib/modules/$2"
    case $part in
      base) echo kernel/builtin.ko >"tree/usr/lib/modules/$2/modules.builtin" ;;
      binary) echo "kernel $2" >"tree/usr/lib/modules/$2/vmlinuz" ;;
      modules) for name in $modules; do module "usr/lib/modules/$2" "$name"; done ;;
    esac
    package "$1" "linux-$part-$2" 7.3-1 ""
  done
  mkdir tree
  package "$1" "linux-image-$2" 7.3-1 \
    "linux-base-$2, linux-binary-$2, linux-modules-$2"
}
kernel_old bookworm 6.1.0-9-amd64
kernel_old bookworm 6.1.0-10-amd64
mkdir tree
package bookworm linux-image-amd64 6.1-1 linux-image-6.1.0-10-amd64
kernel_split trixie-backports 7.3.4+deb13-amd64
# A QEMU that says what it is given, with a C library of its own.
mkdir -p tree/usr/bin
cat >tree/qemu.c <<'END'
#include <stdio.h>
int main(int n, char** words) {
  printf("QEMU emulator version 11.1.3 (test)\n");
  for (int i = 1; i < n; ++i) printf("%s\n", words[i]);
}
END
cc -o tree/usr/bin/qemu-system-x86_64 tree/qemu.c
rm tree/qemu.c
package trixie-backports qemu-system-x86 1:11.1.3 "libc6 (>= 2.41)"
mkdir -p tree/usr/lib/x86_64-linux-gnu tree/usr/lib64
cp -L /lib/x86_64-linux-gnu/libc.so.6 /lib64/ld-linux-x86-64.so.2 \
  tree/usr/lib/x86_64-linux-gnu
ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 tree/usr/lib64
package trixie libc6 2.41-1 ""
# fio's source package, and another of which the mirror has but the original.
for version in 3.33-3 3.39-1; do
  mkdir -p "fio-${version%-*}" "archive/pool/bookworm"
  printf '#!/bin/sh\n: >config-host.h\n' >"fio-${version%-*}/configure"
  chmod +x "fio-${version%-*}/configure"
  echo "DEF_VER=fio-${version%-*}" >"fio-${version%-*}/FIO-VERSION-GEN"
  tar -czf "archive/pool/bookworm/fio_${version%-*}.orig.tar.gz" "fio-${version%-*}"
  mkdir -p "fio-${version%-*}/debian/source"
  echo "3.0 (quilt)" >"fio-${version%-*}/debian/source/format"
  printf 'fio (%s) unstable; urgency=low\n\n  * Test.\n\n -- nobody <nobody@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n' \
    "$version" >"fio-${version%-*}/debian/changelog"
  printf 'Source: fio\nMaintainer: nobody <nobody@example.org>\nStandards-Version: 4.6.2\n\nPackage: fio\nArchitecture: any\nDescription: a test\n' \
    >"fio-${version%-*}/debian/control"
  (cd archive/pool/bookworm && dpkg-source -b "$scratch/fio-${version%-*}" >/dev/null 2>&1)
done
for suite in bookworm trixie trixie-backports testing; do publish $suite; done
rm archive/pool/bookworm/fio_3.39-1.dsc archive/pool/bookworm/fio_3.39-1.debian.*

# This machine's apt, in both formats, with an archive of somebody else's.
mkdir -p machine/lists/partial machine/parts machine/cache machine/state
one_line="deb [trusted=yes] file:$scratch/archive bookworm main"
stanza="Types: deb deb-src
URIs: file:$scratch/archive
Suites: bookworm
Components: main
Trusted: yes"
other="deb [trusted=yes] file:$scratch/elsewhere bookworm stable"
cat >apt.conf <<END
Dir::Etc::sourcelist "$scratch/machine/sources.list";
Dir::Etc::sourceparts "$scratch/machine/parts";
Dir::State::lists "$scratch/machine/lists";
Dir::State "$scratch/machine/state";
Dir::Cache "$scratch/machine/cache";
APT::Architecture "amd64";
Acquire::Languages "none";
END
export APT_CONFIG=$scratch/apt.conf
machine() {
  rm -rf machine/sources.list machine/parts/*
  case $1 in
    one-line) printf '%s\n%s\n' "$other" "$one_line" >machine/sources.list ;;
    stanza) printf '# a comment\n%s' "$stanza" >machine/parts/debian.sources ;;
    none) ;;
  esac
}
apt() { sh "$top/cmake/apt.sh" "$@"; }

for format in one-line stanza; do
  machine $format
  check "$format: a suite of the machine's is asked as it is" \
    apt "$format" own deb apt-cache show linux-image-amd64
  check "$format: another suite is asked by entries made from the machine's" \
    apt "$format" trixie-backports deb apt-cache show qemu-system-x86
  check "$format: sources too" apt "$format" own deb-src apt-cache showsrc fio
  check "$format: two suites at once" \
    apt "$format" trixie-backports,trixie deb apt-cache show libc6
  refuses "$format: a suite that the mirror does not have" \
    "cannot fetch the lists of forky" apt "$format" forky deb apt-cache show fio
  check "$format: the machine's own entries are as they were" \
    sh -c "! grep -rq trixie machine/sources.list machine/parts 2>/dev/null"
  check "$format: where Debian comes from" \
    [ "$(apt --mirror)" = "file:$scratch/archive" ]
done
machine none
refuses "a machine without an entry of Debian's" "no entry" \
  apt none trixie deb apt-cache show fio
machine stanza

kernel() {
  sh "$top/machine/image/kernel_package.sh" "$top/cmake/apt.sh" \
    "$scratch/lists" "$scratch/kernel/$1" "$scratch/root/$1" "$2"
}
is_kernel() { [ "$(kernel "$1" "$2" | tail -n 1)" = "$3" ]; }
check "a metapackage is the kernel it depends on" \
  is_kernel meta linux-image-amd64 6.1.0-10-amd64
check "its modules and kernel are where guests take them from" \
  sh -c "[ -e root/meta/lib/modules/6.1.0-10-amd64/kernel/nfit.ko ] &&
    grep -q 'kernel 6.1.0-10-amd64' root/meta/vmlinuz"
check "a version is its newest package" is_kernel version 6.1 6.1.0-10-amd64
check "a version that the machine has not comes from a suite that has" \
  is_kernel split 7.3 7.3.4+deb13-amd64
check "and is put together from its packages" \
  sh -c "[ -e root/split/lib/modules/7.3.4+deb13-amd64/kernel/nfit.ko ] &&
    grep -q 'kernel 7.3.4' root/split/vmlinuz &&
    [ -e root/split/lib/modules/7.3.4+deb13-amd64/modules.builtin ]"
check "a package of a suite" kernel suite \
  linux-image-7.3.4+deb13-amd64/trixie-backports
refuses "a version that no suite has, naming those asked" \
  "no kernel 5.4 .*bookworm.*trixie-backports.*DAXMEND_GUEST_KERNEL_PACKAGES" \
  kernel missing 5.4
refuses "a package that a suite does not have" \
  "no kernel linux-image-amd64/testing" kernel missing linux-image-amd64/testing
check "and leaves nothing of it" [ -z "$(ls -A root/missing)" ]

# On an ordinary user's PATH, which has no depmod.
env PATH=/usr/local/bin:/usr/bin:/bin sh "$top/machine/image/kernel.sh" \
  "$scratch/guest" 7.3 "$top/cmake/apt.sh" "$scratch/lists" >guest.log 2>&1 || true
check "a guest kernel needs no root, and no module that became part of the kernel" \
  sh -c "[ -s guest/modules.cpio.zst ] && [ -s guest/kernel ] || { cat guest.log; false; }"
check "and has its version" grep -qx 7.3.4+deb13-amd64 guest/version

qemu() {
  sh "$top/machine/image/qemu_package.sh" "$top/cmake/apt.sh" \
    "$scratch/lists" "$scratch/qemu" "$1"
}
check "a QEMU of backports, with the library of the suite they belong to" \
  qemu qemu-system-x86/trixie-backports
check "says its version" grep -qx 11.1.3 qemu/version
mv qemu qemu-moved
check "it starts, with its own C library, wherever it is moved to" \
  sh -c "qemu-moved/qemu-system-x86_64 --here 'two words' | grep -qx 'two words'"
mv qemu-moved qemu
refuses "a suite without it" "has no qemu-system-x86" qemu qemu-system-x86/testing
check "and leaves the one that was there" qemu/qemu-system-x86_64

fio() {
  sh "$top/cmake/fio_source.sh" "$top/cmake/apt.sh" "$scratch/lists" "$1" \
    "$scratch/fio/$1"
}
check "fio's source" fio 3.33-3
check "is configured" [ -e fio/3.33-3/config-host.h ]
check "the source of another package of the same fio does" fio 3.33-3+deb12u1
check "the original source does where the mirror has no more" fio 3.39-1
check "is configured, too" [ -e fio/3.39-1/config-host.h ]
refuses "a fio that no suite lists" "does not have the source of fio 3.50" \
  fio 3.50-1
check "and leaves nothing half-done" \
  sh -c "[ ! -e fio/3.50-1 ] && [ ! -e fio/3.50-1.part ]"
rm archive/pool/bookworm/fio_3.39*
rm -r fio/3.39-1
refuses "a source that the mirror lists and does not have" \
  "does not have the source of fio 3.39: tried 3.39-1" fio 3.39-1

# A full disk: file systems of one page each.
mkdir -p kernel/full qemu-full
on_full_disk() {
  local at=$1
  shift
  # shellcheck disable=SC2016
  unshare --map-root-user --mount sh -c \
    'mount -t tmpfs -o size=4k full "$0" && exec "$@"' "$scratch/$at" "$@"
}
if on_full_disk qemu-full true 2>/dev/null; then
  refuses "a kernel for which the disk is too small, saying by how much" \
    "MB are free in .*/kernel/full, and linux-image-6.1.0-10-amd64 takes" \
    on_full_disk kernel/full sh "$top/machine/image/kernel_package.sh" \
    "$top/cmake/apt.sh" "$scratch/lists" "$scratch/kernel/full" \
    "$scratch/root/full" linux-image-amd64
  refuses "a QEMU for which it is too small" "disk" \
    on_full_disk qemu-full sh "$top/machine/image/qemu_package.sh" \
    "$top/cmake/apt.sh" "$scratch/lists" "$scratch/qemu-full" \
    qemu-system-x86/trixie-backports
else
  echo "# no file system can be mounted here: full disks are not tried"
fi

# Without a network: what was fetched is enough.
mv archive archive-gone
check "the second time without a network" kernel split 7.3
check "and of the machine's own" kernel meta linux-image-amd64
echo garbage >kernel/meta/linux-image-6.1.0-10-amd64_6.1-1_amd64.deb
refuses "a damaged package, naming the file" \
  "cannot unpack .*6.1.0-10-amd64_6.1-1_amd64.deb" kernel meta linux-image-amd64
rm kernel/meta/*.deb
refuses "what was not fetched before" "no kernel linux-image-amd64" \
  kernel meta linux-image-amd64

echo "1..$count"
echo "$((count - failed)) checks passed, $failed failed"
[ "$failed" = 0 ]
