#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh VARIANT DIRECTORY GUEST
#
# Builds the kernel VARIANT (none, mainline, flag or flag-late, see README.md) in
# DIRECTORY/VARIANT and makes it the guest kernel GUEST/VARIANT
# (machine/image/guest_image.h). The source is the distribution's linux-source
# package (of Debian 12, wherever this is built: the patches are for its kernel),
# downloaded and unpacked once; each variant has a source tree of its
# own, in which every file that no patch changes is a link to the one source.
# What was built is built on: a variant begins with the objects of another that
# is there, and builds what its patches change.
#
# LINUX_SOURCE names another package. Needs no root.
set -eu
# depmod is there, and not on an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin

fail() {
  echo "kernel $variant: $*" >&2
  exit 1
}

variant=$1
mkdir -p "$2" "$3"
directory=$(cd "$2" && pwd)
guest=$(cd "$3" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc)

case $variant in
  none | mainline | flag | flag-late) ;;
  *) fail "there is no such variant: none, mainline, flag or flag-late" ;;
esac
for program in flex bison bc patch; do
  command -v $program >/dev/null ||
    fail "$program is not installed: ./quickstart kernels installs what is needed"
done

unpack() {
  package=${LINUX_SOURCE:-linux-source-6.1}
  scratch=$directory/unpack
  rm -rf "$scratch"
  mkdir "$scratch"
  echo "kernel: downloading and unpacking $package"
  (cd "$scratch" && apt-get -qq download "$package" 2>log) ||
    for suite in own bookworm-security bookworm; do
      (cd "$scratch" && sh "$here/../cmake/apt.sh" "$directory/apt" $suite deb \
        apt-get download "$package" >>log 2>&1) && break
    done || true
  [ -n "$(ls "$scratch"/*.deb 2>/dev/null)" ] ||
    fail "no suite that apt reaches has $package ($(tail -n 1 "$scratch/log")):" \
      "check the network, or name another with LINUX_SOURCE="
  dpkg-deb -x "$scratch"/*.deb "$scratch/package"
  mkdir "$scratch/source"
  tar -C "$scratch/source" --strip-components=1 \
    -xf "$scratch/package/usr/src/$package.tar.xz"
  mv "$scratch/source" "$directory/source"
  rm -rf "$scratch"
}

# Those that "series" names, which two variants may share, or else all there are.
patches() {
  if [ -e "$here/$variant/series" ]; then
    sed "s|^|$here/|" "$here/$variant/series"
  else
    find "$here/$variant" -name '*.patch' 2>/dev/null | LC_ALL=C sort
  fi
}

# Anew whenever the patches have changed. make goes by times: files that differ
# from those the objects were made of are new to it, all others as old as they
# were.
patched_source() {
  digest=$(patches | xargs -r cat | cksum)
  [ "$(cat "$tree/.digest" 2>/dev/null)" != "$digest" ] || return 0
  rm -rf "$tree.new"
  cp -al "$directory/source" "$tree.new"
  patches | while read -r change; do
    patch -s -p1 --fuzz=0 -d "$tree.new" <"$change" ||
      fail "$(basename "$change") does not apply to $directory/source"
  done
  patches | xargs -r sed -n 's|^+++ b/||p' | LC_ALL=C sort -u >"$tree.new/.patched"
  # The one that differs in the fewest files first.
  near=mainline
  [ "$variant" != flag-late ] || near=flag
  for old in $variant $near mainline none flag flag-late; do
    old=$directory/$old
    [ -e "$old/build/vmlinux" ] || continue
    cp -a "$old/build" "$tree.new/build"
    touch -r "$old/build/tools/objtool/objtool" "$tree.new/.objtool"
    sort -u "$old/.patched" "$tree.new/.patched" | while read -r file; do
      if cmp -s "$old/$file" "$tree.new/$file"; then
        ln -f "$old/$file" "$tree.new/$file"
      else
        cp "$tree.new/$file" "$tree.new/.file"
        mv "$tree.new/.file" "$tree.new/$file"
      fi
    done
    break
  done
  echo "$digest" >"$tree.new/.digest"
  rm -rf "$tree"
  mv "$tree.new" "$tree"
}

# merge_config.sh drops what cannot be without a word.
configure() {
  ! cmp -s "$here/config" "$build/configured" || return 0
  make -s -C "$tree" O="$build" tinyconfig >/dev/null 2>&1 ||
    fail "make tinyconfig failed in $build"
  (cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$build" \
    "$build/.config" "$here/config" >/dev/null)
  make -s -C "$tree" O="$build" olddefconfig
  sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=\(.*\)/\1 \2/p' "$here/config" |
    while read -r option value; do
      have=$(sed -n "s/^$option=//p" "$build/.config")
      [ "${have:-n}" = "$value" ] ||
        fail "$option is ${have:-n}, not $value, in this kernel: fix kernel/config"
    done
  cp "$here/config" "$build/configured"
}

# In its source tree, so that a compiler's command names the same files in every
# variant.
tree=$directory/$variant
build=$tree/build
root=$directory/root-$variant
[ -d "$directory/source" ] || unpack
patched_source
mkdir -p "$build"
configure
echo "kernel: building $variant in $build"
# It names its own directory and so is built anew, and every object depends on it:
# it stays as old as it was.
[ ! -e "$tree/.objtool" ] || {
  make -s -C "$tree" O="$build" -j"$jobs" tools/objtool >"$build/log" 2>&1 ||
    fail "make tools/objtool failed, see $build/log"
  find "$build/tools/objtool" -exec touch -r "$tree/.objtool" {} +
  rm "$tree/.objtool"
}
{
  status=0
  make -C "$tree" O="$build" -j"$jobs" LOCALVERSION="-daxmend-$variant" \
    KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=daxmend \
    KBUILD_BUILD_HOST=daxmend bzImage modules 2>&1 || status=$?
  echo "exit $status"
} | awk -v log_file="$build/log" -v variant="$variant" '
  { print >log_file }
  / (CC|AS) / && ++files % 100 == 0 {
    print "kernel: " variant ": " files " files compiled"
    fflush()
  }'
[ "$(tail -n 1 "$build/log")" = "exit 0" ] ||
  fail "make failed, $build/log: $(grep -m 1 -E 'error|Error' "$build/log")"
rm -rf "$root"
make -s -C "$tree" O="$build" LOCALVERSION="-daxmend-$variant" \
  INSTALL_MOD_PATH="$root" modules_install >>"$build/log" 2>&1 ||
  fail "make modules_install failed, see $build/log"
set -- "$root"/lib/modules/*
sh "$here/../machine/image/kernel.sh" "$guest/$variant" \
  "$build/arch/x86/boot/bzImage" "$1"
echo "kernel: $variant is $(basename "$1")"
