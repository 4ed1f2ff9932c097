#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest, for results/reference/rwf-recovery-data.sh: what one recovery of
# a page costs by each strategy that this kernel has, what a reader of 64 KiB
# over one bad sector gets, and what a writer leaves that is killed on the way.
# Prints lines of words:
#
#   price STRATEGY LEAST MEDIAN MOST      a page, of 64
#   restore SIZE NS                       the whole file, from a copy
#   reader HOW BYTES
#   killed STRATEGY now|later COUNT WHAT  what the next reader got: at once, and
#                                         after the device was attached anew
set -eu
file=/mnt/pmem/study.dat
batch=250
kills=1000

case $(uname -r) in
  *-daxmend-none) strategies="punch" engine= ;;
  *-daxmend-flag | *-daxmend-flag-late) strategies="flag punch" engine=flag ;;
  *) strategies="write clear punch" engine=write ;;
esac

# A file of $1 KiB of the letter o, every other page of it with a bad sector.
inject() {
  head -c $(($1 * 1024)) /dev/zero | tr '\0' o >$file
  sync
  build/daxmend inject $file --every 8k --span 512 >/dev/null
}
# Uninjects what is left of it.
uninject() {
  build/daxmend restore >/dev/null
  rm -f $file
  sync
}

reattach() {
  umount /mnt/pmem
  ndctl disable-namespace all >/dev/null 2>&1
  ndctl enable-namespace all >/dev/null 2>&1
  mount -t ext4 -o dax=always /dev/pmem0 /mnt/pmem
}

for strategy in $strategies; do
  inject 512
  price=$(/add/recovery_probe price "$strategy" $file)
  echo "price $strategy $price"
  uninject
  # The writer is a fresh process, and its page faults come on top.
  longest=$((${price##* } * 3 / 2))
  done=0
  while [ $done -lt $kills ]; do
    inject $((batch * 8))
    /add/recovery_probe kill "$strategy" $file "$longest" $((done + 1)) |
      sed "s/^/killed $strategy now /"
    reattach
    /add/recovery_probe look $file | sed "s/^/killed $strategy later /"
    uninject
    done=$((done + batch))
  done
done

for size in 1024 65536; do
  head -c $((size * 1024)) /dev/zero | tr '\0' o >$file
  sync
  cp $file /tmp/copy
  build/daxmend inject $file --offset 4096 --length 512 >/dev/null
  echo "restore $size $(/add/recovery_probe restore $file /tmp/copy)"
  uninject
  rm -f /tmp/copy
done

# The 41st of 128 sectors, in the sixth of 16 pages.
read_over() {
  head -c 65536 /dev/zero | tr '\0' o >$file
  sync
  build/daxmend inject $file --offset 20480 --length 512 >/dev/null
}
read_over
echo "reader plain $(/add/flagged_io read $file 0 65536 0)"
echo "reader flag $(/add/flagged_io read $file 0 65536 0x20)"
if [ -n "$engine" ]; then
  fio --name=salvage --ioengine=external:build/fio-daxmend.so --filename=$file \
    --size=64k --bs=64k --rw=read --recovery="$engine" \
    --path_log=/tmp/study.json >/dev/null
  echo "reader salvage $(sed -n 's/.*"saved_bytes": *\([0-9]*\).*/\1/p' /tmp/study.json)"
fi
uninject
