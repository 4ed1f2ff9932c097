#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh DIRECTORY WHICH APT LISTS
# kernel.sh DIRECTORY VMLINUZ MODULES
#
# Makes a guest kernel of a distribution's kernel packages (kernel_package.sh has
# WHICH, APT and LISTS), downloaded into DIRECTORY once and not installed, or of
# a kernel file and the directory of its modules (lib/modules/VERSION), each an
# absolute path: DIRECTORY/version, kernel, modules.cpio.zst. Needs no root.
set -eu
# depmod and modprobe are there, and not on an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin

fail() {
  echo "guest kernel: $*" >&2
  exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)
kernel=$2
cd "$directory"
scratch=$directory/scratch
rm -rf "$scratch"
mkdir "$scratch"
trap 'rm -rf "$scratch"' EXIT
for program in depmod modprobe cpio zstd xz; do
  command -v $program >/dev/null ||
    fail "$program is not installed: ./quickstart build installs what is needed"
done

case $kernel in
  /*)
    modules=${3-}
    [ -r "$kernel" ] || fail "GUEST_KERNEL=$kernel cannot be read"
    [ -n "$modules" ] ||
      fail "GUEST_KERNEL needs GUEST_MODULES=, its lib/modules/VERSION"
    [ -e "$modules/modules.dep" ] ||
      fail "GUEST_MODULES=$modules has no modules.dep: name a" \
        "lib/modules/VERSION directory that depmod has seen"
    version=$(basename "$(readlink -f "$modules")")
    mkdir -p "$scratch/root/lib/modules"
    ln -s "$(readlink -f "$modules")" "$scratch/root/lib/modules/$version"
    ;;
  *)
    version=$(sh "$here/kernel_package.sh" "$3" "$4" "$directory" \
      "$scratch/root" "$kernel")
    kernel=$scratch/root/vmlinuz
    # Packages bring no modules.dep.
    depmod -b "$scratch/root" "$version" || fail "depmod $version failed"
    ;;
esac

# The kernel starts faster by the PVH entry of its uncompressed image, because
# under emulation it would decompress itself slowly. The boot protocol's header
# (Documentation/arch/x86/boot.rst) says where in the file it is; the payload's
# last four bytes are its uncompressed size.
number() {
  od -An -tu"$3" -j"$2" -N"$3" "$1" | tr -d ' '
}
uncompress() {
  [ "$(od -An -tx1 -j514 -N4 "$1" | tr -d ' ')" = 48647253 ] || return 1
  start=$((($(number "$1" 497 1) + 1) * 512 + $(number "$1" 584 4)))
  tail -c +$((start + 1)) "$1" | head -c "$(number "$1" 588 4)" >payload
  case $(od -An -tx1 -N4 payload | tr -d ' ') in
    fd377a58) xz -dc payload >"$2" 2>/dev/null || true ;;
    28b52ffd) zstd -qdc payload >"$2" 2>/dev/null || true ;;
    *) return 1 ;;
  esac
  size=$(wc -c <payload)
  [ "$(wc -c <"$2")" = "$(number payload $((size - 4)) 4)" ] &&
    [ "$(od -An -tx1 -N4 "$2" | tr -d ' ')" = 7f454c46 ]
}
cd "$scratch"
uncompress "$kernel" image || cp "$kernel" image

echo "guest kernel: $version: choosing and compressing its modules" >&2

# The modules in an order in which they can be loaded, with when that is
# (init.sh); one that is loaded already is left out there.
# "on-demand" ones are only for modprobe. Those that some versions have built in,
# or do not have any more, come with a question mark.
mkdir -p "tree/daxmend" "tree/usr/lib/modules/$version"
take() {
  when=$1
  shift
  for module in "$@"; do
    # The host's modprobe.d would run host programs for some of them.
    modprobe -C /dev/null -d root -S "$version" --show-depends "${module%\?}" \
      >depends 2>/dev/null || {
      [ "$module" != "${module%\?}" ] || fail "$version has no module $module"
      continue
    }
    while read -r what file _; do
      name=$(basename "$file")
      name=${name%.xz}
      name=${name%.zst}
      copy=tree/usr/lib/modules/$version/$name
      [ "$what" = insmod ] || continue
      grep -qxE "(always|$when) $name" tree/daxmend/modules && continue
      echo "$when $name" >>tree/daxmend/modules
      [ ! -e "$copy" ] || continue
      case $file in
        *.xz) xz -dc "$file" >"$copy" ;;
        *.zst) zstd -qdc "$file" >"$copy" ;;
        *) cp "$file" "$copy" ;;
      esac
    done <depends
  done
}
: >tree/daxmend/modules
take always libnvdimm nfit nd_pmem 'crc32c_generic?' 'crc32c_intel?'
take devdax 'dax_pmem?' 'device_dax?'
take ext4 ext4
take xfs xfs
take e820 nd_e820
take virtio virtio_pci virtio_pmem
take disk virtio_pci virtio_blk
take cxl 'cxl_acpi?' 'cxl_pci?' 'cxl_port?' 'cxl_mem?' 'cxl_pmem?'
take cxl_ram 'dax_cxl?' 'kmem?'
take on-demand hwpoison_inject mce_inject 'dm_mod?' 'overlay?'
for file in modules.builtin modules.order modules.builtin.modinfo; do
  [ ! -e "root/lib/modules/$version/$file" ] ||
    cp "root/lib/modules/$version/$file" "tree/usr/lib/modules/$version"
done
ln -s usr/lib tree/lib
depmod -b tree "$version"
rm tree/lib
(cd tree && find . -mindepth 1 | LC_ALL=C sort |
  cpio -o -H newc --owner 0:0 --reproducible --quiet) | zstd -q -9 >modules
mv image "$directory/kernel"
mv modules "$directory/modules.cpio.zst"
echo "$version" >"$directory/version"
