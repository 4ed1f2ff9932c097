# SPDX-License-Identifier: GPL-2.0-only
#
# For quickstart: says what a command will install, fetch, use and take before it
# begins, and refuses when the disk is too small.

# Megabytes that builds leave, and take for a while: build/ is 720 MB after
# ./quickstart on Debian 12 and 1070 MB on 13 (du -sm build), 1600 MB with every test
# and four kernels, and unpacking a kernel takes 450 MB more. The others are
# estimates on the safe side. Minutes of ./quickstart build: processor time on Debian
# 13, 12.7 minutes with the packages' installation, by two.
build_mb=1600
test_mb=4000
kernels_mb=5000
qemu_mb=250

# Megabytes free where this tree is.
free_mb() { df -Pm . | awk 'NR == 2 { print $4 }'; }

# What apt says of installing $@: "178 MB to download, 784 MB on disk".
package_sizes() {
  LC_ALL=C apt-get install --no-install-recommends --print-uris -q -y "$@" 2>/dev/null |
    sed -n 's/^Need to get \([^/]*\)\(\/.*\)\? of archives\./\1 to download/p
      s/^After this operation, \(.*\) of additional.*/\1 on disk/p' |
    paste -s -d , | sed 's/,/, /'
}

# prepare COMMAND PACKAGE...: installs the packages that are missing.
prepare() {
  local command=$1 missing need=0 minutes kernels=1
  shift
  command -v apt-get >/dev/null ||
    die "there is no apt-get here: this needs Debian; for other systems see docs/hardware.md"
  missing=$(missing_packages "$@")
  case $command in
    run) need=$build_mb minutes="about 8 minutes on 2 idle processors" ;;
    build) need=$build_mb minutes="about 7 minutes on 2 idle processors" ;;
    test) need=$test_mb kernels=2 minutes="about 25 minutes on 2 idle processors" ;;
    qemu) need=$qemu_mb kernels=0 minutes="about a minute" ;;
    kernels) need=$kernels_mb minutes="about 20 minutes on 2 idle processors" ;;
  esac

  say "what ./quickstart will do"
  if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    may_install $missing
    echo "packages: install $missing"
    echo "          (apt-get update first, so that it can say how much that is)"
    as_root apt-get update -q ||
      die "apt-get update failed: check the network and /etc/apt"
    # shellcheck disable=SC2086
    echo "packages: $(package_sizes $missing)"
  else
    echo "packages: all are installed"
  fi
  local there
  there=$(du -sm build build-asan build-tsan 2>/dev/null |
    awk '{ n += $1 } END { print n + 0 }') || true
  if [ "$command" = qemu ]; then
    there=$(du -sm build/qemu 2>/dev/null | cut -f 1) || true
    there=${there:-0}
    echo "fetched:  QEMU 11 with its libraries, 38 MB; nothing of it is installed"
  elif [ -n "$(ls build/guest/*/version 2>/dev/null)" ]; then
    echo "fetched:  nothing that was fetched before"
  else
    echo "fetched:  $kernels kernel(s) of 70 to 130 MB, and fio's source, 6 MB"
    [ "$command" != kernels ] ||
      echo "          and the kernel's source, 140 MB"
    [ "$command" != test ] ||
      echo "          and QEMU 11 with its libraries, 38 MB; nothing of it is installed"
  fi
  echo "disk:     build directories take up to $need MB in all; $there MB are there, $(free_mb) MB free"
  echo "time:     $minutes, less when it was built before"
  [ $(($(free_mb) + there)) -ge "$need" ] ||
    die "the disk has $(free_mb) MB free where this tree is, and building takes $((need - there)) more: free some, or clone to another disk"
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_packages $missing
}
