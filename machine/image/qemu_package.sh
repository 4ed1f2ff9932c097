#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu_package.sh APT LISTS DIRECTORY PACKAGE[/SUITE]
#
# Fetches a QEMU with everything it needs, its C library included, and unpacks it
# in DIRECTORY/root, installing nothing: a newer QEMU than this system has runs
# on this system. DIRECTORY/qemu-system-x86_64 starts it, DIRECTORY/version says
# what it is. Of backports the packages come from the suite they belong to where
# backports have none. APT and LISTS as for kernel_package.sh. Needs no root.
# Exit status 1, after one line, when that cannot be; DIRECTORY is then as it was.
set -eu

fail() {
  echo "QEMU: $*" >&2
  exit 1
}

apt_script=$1
lists=$2
which=$4
mkdir -p "$3"
directory=$(cd "$3" && pwd)
package=${which%/*}
suite=own
[ "$package" = "$which" ] || suite=${which#*/}
case $suite in
  *-backports) suites=$suite,${suite%-backports} from="-t $suite" ;;
  *) suites=$suite from= ;;
esac
new=$directory/new
log=$directory/log
rm -rf "$new"
mkdir -p "$new/archives"
trap 'rm -rf "$new"' EXIT
: >"$log"

# What $package needs, on a system that has nothing: apt's answer as NAME=VERSION.
needs() {
  # shellcheck disable=SC2086
  sh "$apt_script" "$lists" "$suites" deb apt-get -s -y --no-install-recommends \
    $from install "$package" 2>>"$log" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p'
}
download() {
  names=$(needs)
  [ -n "$names" ] ||
    fail "apt has no $package in $suites that could be installed:" \
      "$(grep -m 1 -E '^(E:|apt: cannot)' "$log" || echo "see $log"): set" \
      "DAXMEND_QEMU_PACKAGES to PACKAGE/SUITE"
  # shellcheck disable=SC2086
  need=$(sh "$apt_script" "$lists" "$suites" deb apt-cache show $names \
    2>>"$log" | awk '/^Size: / { bytes += $2 } /^Installed-Size: / { kib += $2 }
      END { printf "%.0f", bytes / 1024 + kib + 1 }')
  free=$(df -Pk "$directory" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$need" ] ||
    fail "the disk has $((free / 1024)) MB free in $directory, and $package takes" \
      "$((need / 1024 + 1)): free some, then build again"
  echo "QEMU: downloading $(echo "$names" | wc -l) packages" >&2
  # shellcheck disable=SC2086
  (cd "$new/archives" && sh "$apt_script" "$lists" "$suites" deb \
    apt-get download $names >>"$log" 2>&1)
}
echo "QEMU: asking $suites for $package" >&2
download || {
  # What was listed may have been replaced.
  sh "$apt_script" "$lists" "$suites" deb apt-get update 2>>"$log" || true
  download || fail "cannot download $package of $suites:" \
    "$(grep '^E:' "$log" | tail -n 1): check the network and the disk's space"
}
echo "QEMU: unpacking" >&2
for file in "$new/archives"/*.deb; do
  dpkg-deb -x "$file" "$new/root" 2>>"$log" ||
    fail "cannot unpack $(basename "$file"): $(tail -n 1 "$log")"
done
rm -rf "$new/archives"

[ -x "$new/root/usr/bin/qemu-system-x86_64" ] ||
  fail "$package of $suites has no usr/bin/qemu-system-x86_64"
library=usr/lib/x86_64-linux-gnu
for loader in usr/lib64 lib64 $library; do
  loader=$loader/ld-linux-x86-64.so.2
  [ ! -e "$new/root/$loader" ] || break
done
cat >"$new/qemu-system-x86_64" <<END
#!/bin/sh
# QEMU with the libraries it was built for, unpacked beside this file.
root=\$(dirname "\$(readlink -f "\$0")")/root
exec "\$root/$loader" \\
  --library-path "\$root/$library:\$root/${library#usr/}" \\
  "\$root/usr/bin/qemu-system-x86_64" "\$@"
END
chmod 755 "$new/qemu-system-x86_64"
# Beside what the kernel says is running, the loader, QEMU looks for a directory
# of this name, and keeps to it for its modules and firmware (cutils.c,
# get_relocated_path).
beside=$(dirname "$(readlink -f "$new/root/$loader")")
ln -s "$(realpath --relative-to="$beside" "$new/root")" "$beside/qemu-bundle"
version=$("$new/qemu-system-x86_64" --version 2>>"$log" |
  sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p') || true
[ -n "$version" ] ||
  fail "the QEMU of $which does not start here: $(tail -n 1 "$log")"
rm -rf "$directory/root"
mv "$new"/* "$directory"
echo "$version" >"$directory/version"
rm -f "$log"
echo "QEMU: $version in $directory/qemu-system-x86_64" >&2
