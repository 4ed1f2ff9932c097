#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every strategy the kernel offers by both accesses: every byte is right
# afterwards, and each says what it left behind: `write` and `flag` nothing,
# `clear` as many windows as repairs, `punch` those and the poison itself.
# Released kernels have no flag; the one of kernel/README.md that has it repairs
# by it alone. Two kinds of I/O each; soak.sh has others, and with
# /add/strategies.all it is all of them.
. /add/tap.sh

case $(uname -r) in
  # ext4 there cleared a page by handing it out anew: 15 of 16 stay.
  *-daxmend-flag) strategies="flag punch" repair=flag stay=15 ;;
  *) strategies="write clear punch" repair=write stay=16 ;;
esac
run=/tmp/strategies.json
file=/mnt/pmem/strategies.dat
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
# How often the path $1 was taken.
count() {
  sed -n "s/.*\"$1\": {\"unit\": \"ns\", \"count\": \([0-9]*\).*/\1/p" $run |
    awk '{ n += $1 } END { print n + 0 }'
}
bad_count() { bad_sectors | awk '{ n += $2 } END { print n + 0 }'; }

# The job file of one trial: $1 strategy, $2 access, $3 rw, $4 bs.
trial() {
  cat >/tmp/strategies.fio <<EOT
[global]
filename=$file
size=1536k
stonewall
verify=crc32c
verify_interval=512
verify_fatal=1
do_verify=0
verify_state_save=0
[layout]
ioengine=psync
rw=write
bs=512k
[recover]
ioengine=external:build/fio-daxmend.so
access=$2
recovery=$1
backup=/tmp/strategies.backup
path_log=$run
rw=$3
bs=$4
exec_prerun=cp $file /tmp/strategies.backup && build/daxmend inject $file --count 16 --span 512 --seed 5 >/dev/null
[verify]
ioengine=psync
rw=read
bs=512k
EOT
  fio /tmp/strategies.fio >/tmp/strategies.txt 2>&1
}

# A punched place is given out again once the journal has committed, which is
# when it is full or its time has come: not here, however long a trial takes.
fs=$(awk '$2 == "/mnt/pmem" { print $3 }' /proc/mounts)
[ "$fs" != ext4 ] || mount -o remount,commit=1000000 /mnt/pmem

# "randread 6k": ranges that cross pages and end inside of them.
set -- "randread 6k" "randwrite 4k"
[ ! -e /add/strategies.all ] ||
  set -- "$@" "randread 4k" "randwrite 6k" "randwrite 512"
for strategy in $strategies; do
  for access in syscall mmap; do
    for io in "$@"; do
      what="$strategy, $access, $io"
      # shellcheck disable=SC2086
      trial $strategy $access $io
      status=$?
      check "$what: fio is content" [ $status = 0 ]
      [ $status = 0 ] || sed 's/^/# /' /tmp/strategies.txt
      check "$what: nothing failed or was lost" \
        [ "$(sum failed_ios)$(sum lost_sectors)$(sum lost_bytes)" = 000 ]
      if [ "${io#* }" = 6k ]; then
        # Two I/Os share a page that was bad; the first repairs it.
        check "$what: every page was recovered" [ "$(sum recovered_ios)" -ge 15 ]
      else
        check "$what: 16 I/Os were recovered" [ "$(sum recovered_ios)" = 16 ]
      fi
      case $strategy in
        clear | punch)
          check "$what: each repair left a window" \
            [ "$(count window)" -ge "$(count repair)" -a "$(count repair)" -ge 15 ]
          ;;
      esac
      if [ $strategy != punch ]; then
        check "$what: no poison is left" [ "$(bad_count)$(sum left_sectors)" = 00 ]
      # Stores through MAP_SYNC commit the journal all the time, and the file
      # system hands the very place out again that was just given back.
      elif [ "$access ${io%% *}" != "mmap randwrite" ]; then
        check "$what: it says that the poison is still on the media" \
          [ "$(sum left_sectors)" -ge 15 -a "$(bad_count)" -ge $stay ]
      fi
      grep -E "^  recover .*(window|recovery) " /tmp/strategies.txt |
        sed "s/^/# $what/"
      # Where the poison is nobody's, the journal still knows it.
      build/daxmend restore >/dev/null
      check "$what: and it can be cleared" [ "$(bad_count)" = 0 ]
      rm -f $file
    done
  done
done

# One read of 64 KiB over one bad sector, without a backup. $1 salvage.
lose() {
  head -c 65536 /dev/urandom >$file
  sync $file
  cp $file /tmp/strategies.backup
  build/daxmend inject $file --offset 20480 --length 512 >/dev/null
  fio --name=lose --ioengine=external:build/fio-daxmend.so --filename=$file \
    --size=64k --bs=64k --rw=read --recovery=$repair --salvage=$1 --path_log=$run \
    >/tmp/strategies.txt 2>&1
}
differing() {
  cmp -l $file /tmp/strategies.backup | awk '{ s[int(($1 - 1) / 512)] } END { for (i in s) ++n; print n + 0 }'
}
lose sector
check "64 KiB over one bad sector lose 512 bytes" \
  [ "$(sum saved_bytes) $(sum lost_bytes)" = "65024 512" ]
check "which is what the file has lost" [ "$(differing)" = 1 ]
lose page
check "salvage=page loses the page" \
  [ "$(sum saved_bytes) $(sum lost_bytes)" = "61440 4096" ]
check "and no more than that" [ "$(differing)" = 8 ]

# A page that is repaired is poisoned again, and again.
for round in 1 2 3; do
  lose sector
  check "poisoned again, round $round: it is recovered" \
    [ "$(sum recovered_ios)$(bad_count)" = 10 ]
done

# Nothing can be repaired where nothing can be written.
build/daxmend inject $file --count 4 --span 512 --seed 9 >/dev/null
sync
mount -o remount,ro /mnt/pmem
(cd /tmp && fio --name=readonly --ioengine=external:/root/daxmend/build/fio-daxmend.so \
  --filename=$file --size=64k --bs=4k --rw=randread --recovery=$repair \
  --continue_on_error=all --path_log=$run) >/tmp/strategies.txt 2>&1
status=$?
mount -o remount,rw /mnt/pmem
if [ $repair = flag ]; then
  # What the kernel makes of the bit is tried by writing.
  check "recovery=flag is refused on a read-only mount" [ $status = 1 ]
  check "which it says in one line" \
    [ "$(grep -c 'passes the bit 0x20.*Read-only file system' /tmp/strategies.txt)" = 1 ]
else
  check "a read-only mount fails the I/O, not the job" [ $status = 0 ]
  check "four reads failed" [ "$(sum failed_ios)" = 4 ]
  check "and the reason is told once" \
    [ "$(grep -c 'mounted read-only' /tmp/strategies.txt)" = 1 ]
fi

# A page that holds poison is cut in two.
build/daxmend restore >/dev/null
lose sector
build/daxmend inject $file --offset 65024 --length 512 >/dev/null
truncate -s 65100 $file
echo "# truncating a poisoned page: status $?, size $(stat -c %s $file)"
size=$(stat -c %s $file)
fio --name=cut --ioengine=external:build/fio-daxmend.so --filename=$file \
  --size=$size --bs=4k --rw=read --recovery=$repair --path_log=$run \
  >/tmp/strategies.txt 2>&1
check "what is left of it is recovered" [ "$(sum failed_ios)" = 0 ]
check "and the file keeps its size" [ "$(stat -c %s $file)" = "$size" ]
build/daxmend restore >/dev/null
rm -f $file

# The recovery flag: what the kernel makes of it, and which of the two "no" it is.
head -c 65536 /dev/zero >$file
fio --name=flag --ioengine=external:build/fio-daxmend.so --filename=$file \
  --size=64k --rw=randread --recovery=flag >/tmp/strategies.txt 2>&1
status=$?
if [ $repair = flag ]; then
  check "recovery=flag is accepted" [ $status = 0 ]
else
  check "recovery=flag is refused" [ $status != 0 ]
  check "in one line" [ "$(grep -c '^daxmend: ' /tmp/strategies.txt)" = 1 ]
  case $(uname -r) in
    6.1.*) why='does not have it .*(unsupported)' ;;
    *) why='RWF_NOAPPEND, not for recovery (other)' ;;
  esac
  check "which says why" grep -q "recovery=flag passes the bit 0x20 and Linux .*$why" \
    /tmp/strategies.txt
fi
fio --name=flag --ioengine=external:build/fio-daxmend.so --filename=$file \
  --size=64k --rw=randread --rwf_flags=0x20 --path_log=$run >/tmp/strategies.txt 2>&1
[ $repair != flag ] ||
  check "the engine takes 0x20 for a recovery flag" \
    grep -q '"flag_probe": "recovery"' $run
grep -m 1 flag_probe $run | sed 's/^ */# 0x20: /'
rm -f $file
# Two files that grow in turns lie in many extents. A read that stops short in
# front of a bad one is finished there and then.
for i in $(seq 0 4 252); do
  for f in $file /mnt/pmem/between.dat; do
    dd if=/dev/urandom of=$f bs=4k count=4 seek=$i conv=notrunc,fsync 2>/dev/null
  done
done
build/daxmend inject $file --count 16 --span 512 --seed 6 >/dev/null
rm -f $run
fio --name=scattered --ioengine=external:build/fio-daxmend.so --recovery=$repair \
  --filename=$file --size=1m --bs=64k --rw=read --path_log=$run >/tmp/strategies.txt 2>&1
check "scattered file: fio is content" [ $? = 0 ]
check "scattered file: no I/O was split" [ "$(sum ios)" = 16 ]
check "scattered file: no poison is left" [ "$(bad_count)" = 0 ]
rm -f $file /mnt/pmem/between.dat
finish
