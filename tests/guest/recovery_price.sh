#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: recovery=write against the bare system calls it makes
# (bare_recovery.cc), both over the same 32 poisoned pages of one file.
. /add/tap.sh

file=/mnt/pmem/price.dat
backup=/tmp/price.backup
plant() { build/daxmend inject $file --every 64k --span 512 >/dev/null; }
dd if=/dev/urandom of=$file bs=1M count=2 2>/dev/null
sync
cp $file $backup

check "32 pages are poisoned" plant
bare=$(/add/bare_recovery $file $backup)
check "the bare calls get all of them back" \
  [ -n "$bare" -a -z "$(bad_sectors)" ]
check "with the bytes they had" cmp -s $file $backup

check "they are poisoned again" plant
mkdir -p /tmp/price
fio --name=engine --ioengine=external:build/fio-daxmend.so --filename=$file \
  --size=2m --bs=4k --rw=read --recovery=write --backup=$backup \
  --path_log=/tmp/price/run.json >/tmp/price.txt 2>&1
check "the engine gets all of them back" [ $? = 0 -a -z "$(bad_sectors)" ]
check "with the bytes they had, too" cmp -s $file $backup
engine=$(build/daxmend report --csv --no-html /tmp/price |
  awk -F, '$5 == "recovery" { printf "%d %d", $7, $10 }')
check "32 I/Os were recovered" [ "${engine% *}" = 32 ]
echo "# recovering a page: ${engine#* } instructions, bare calls $bare"
check "recovery costs at most 3 % more than the calls it makes" \
  [ $((${engine#* } * 100)) -le $((bare * 103)) ]
rm -f $file
build/daxmend restore >/dev/null
finish
