#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# base.sh OUTPUT SCRATCH PROGRAM...
#
# The part of the guest's initial file system that is the distribution's: the
# PROGRAMs with their libraries, and busybox under all its names. OUTPUT is a
# compressed cpio archive; OUTPUT.files lists what is in it, one absolute path a
# line. Needs no root: the archive says that everything is root's.
set -eu
# mkfs.ext4 and busybox are found by an ordinary user, too.
PATH=$PATH:/usr/sbin:/sbin

output=$1
tree=$2
shift 2
rm -rf "$tree"
mkdir -p "$tree/usr/bin" "$tree/usr/sbin" "$tree/usr/lib" "$tree/usr/lib64"
for name in bin sbin lib lib64; do
  ln -s "usr/$name" "$tree/$name"
done
for name in daxmend dev etc mnt/pmem out proc root run sys tmp var; do
  mkdir -p "$tree/$name"
done
chmod 1777 "$tree/tmp"
ln -s /proc/self/mounts "$tree/etc/mtab"
echo "root:x:0:0:root:/root:/bin/sh" >"$tree/etc/passwd"
echo "root:x:0:" >"$tree/etc/group"

for program in "$@"; do
  path=$(command -v "$program") || {
    echo "guest image: $program is not installed (see quickstart)" >&2
    exit 1
  }
  echo "$path"
  ldd "$path" | grep -o '/[^ ]*' || true
done | sort -u | while read -r file; do
  # Under the name it is asked for by, in the directory it really is in.
  place=$(readlink -f "$(dirname "$file")")
  mkdir -p "$tree$place"
  cp -L "$file" "$tree$place/"
done

# libicudata is 31 MB of Unicode tables that fio's libraries (rbd -> ceph ->
# gnutls -> libxml2 -> icuuc) link to and nothing here looks into: a library of
# the same name and symbol takes its place. Everything else is the
# distribution's own.
for icu in "$tree"/usr/lib/*/libicudata.so.*; do
  [ -e "$icu" ] || continue
  # Without a compiler it stays as it is.
  command -v cc >/dev/null || continue
  name=$(basename "$icu")
  echo "const char icudt${name##*.}_dat[64];" |
    cc -shared -fPIC -nostdlib -Wl,-soname,"$name" -x c - -o "$icu"
done

busybox=$(command -v busybox)
cp "$busybox" "$tree/usr/bin/busybox"
"$busybox" --list-full | while read -r applet; do
  case $applet in
    usr/* | bin/* | sbin/*) ;;
    *) continue ;;
  esac
  [ -e "$tree/$applet" ] || ln -s /usr/bin/busybox "$tree/$applet"
done
for shadowed in init linuxrc; do
  rm -f "$tree/sbin/$shadowed"
done

(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort >"$output.list" &&
  cpio -o -H newc --owner 0:0 --reproducible --quiet <"$output.list") |
  zstd -q -9 -T0 >"$output.new"
sed 's/^\.//' "$output.list" >"$output.files"
rm -rf "$output.list" "$tree"
mv "$output.new" "$output"
