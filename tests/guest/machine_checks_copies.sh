#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ten thousand pages of poison that nobody knew of, met by eight processes that map
# the same file: with the fault-tolerant copy all of them go on, with memcpy() they
# get their SIGBUS.
. /add/tap.sh

file=/mnt/pmem/copies.dat
rounds=${ROUNDS:-10}
inject() { # SEED
  build/daxmend inject $file --silent --count 1000 --span 512 --seed "$1" >/dev/null
}
dd if=/dev/urandom of=$file bs=1M count=16 2>/dev/null
sync
cp $file /tmp/copies
met=0
for round in $(seq "$rounds"); do
  inject "$round"
  count=$(/add/surprised_copies $file 8)
  status=$?
  echo "# round $round: $count pages, status $status"
  [ $status != 0 ] || met=$((met + count))
  build/daxmend restore >/dev/null
done
check "8 processes survive all of $met surprises" [ "$met" = $((rounds * 1000)) ]
check "no byte is wrong" cmp -s $file /tmp/copies
inject 99
check "without the copy all of them die of SIGBUS" \
  [ "$(/add/surprised_copies $file 8 plain)" = 8 ]
build/daxmend restore >/dev/null
check "nothing is left" [ -z "$(bad_sectors)" ]
check "the kernel had no trouble" \
  [ -z "$(dmesg | grep -E 'Oops|BUG:|Kernel panic')" ]
rm -f $file
finish
