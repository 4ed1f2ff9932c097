#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel_findings.sh SCRIPT BUILD
#
# Does every kernel there is a guest of still do what kernel-findings.md says of it?
set -u
kernels=stock
for version in 6.12 7.3; do
  [ ! -d "$2/guest/$version" ] || kernels="$kernels $version"
done
failed=0 number=0
for kernel in $kernels; do
  for finding in read-efault write-efault block-write-oops block-read-eio full-list \
    vm-read-panic list-warning; do
    number=$((number + 1))
    status=0
    output=$("$1" $finding "$kernel" "$2" 2>&1) || status=$?
    # Only the newest kernel warns.
    expected=0
    [ "$finding $kernel" = "list-warning 7.3" ] || [ $finding != list-warning ] ||
      expected=1
    if [ $status = $expected ]; then
      echo "ok $number - $finding, $kernel"
    else
      echo "not ok $number - $finding, $kernel: status $status"
      echo "$output" | sed 's/^/# /'
      failed=$((failed + 1))
    fi
  done
done
echo "1..$number"
[ $failed = 0 ]
