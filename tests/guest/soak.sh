#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Many I/Os over much poison, by every strategy the kernel offers and both
# accesses: no byte may be wrong that was not counted as lost. As many I/Os as
# /add/soak.ios says, in batches; without it one of each strategy and access, of
# two kinds.
. /add/tap.sh

ios=$(cat /add/soak.ios 2>/dev/null || echo 0)
# The kernel shows some 450 entries of its list. I/Os of 6 KiB have to reach all
# of the file.
pages=400 size=18m
[ "$ios" = 0 ] && pages=24 size=3m
run=/tmp/soak.json
file=/mnt/pmem/soak.dat
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
# Sectors in which the file is not what its copy is.
differing() {
  cmp -l $file /tmp/soak.backup |
    awk '{ s = int(($1 - 1) / 512); if (s != last) ++n; last = s } BEGIN { last = -1 } END { print n + 0 }'
}

# Run before each of a job's processes; the first one injects.
cat >/tmp/soak.inject.sh <<EOT
if mkdir /tmp/soak.injecting 2>/dev/null; then
  { cp $file /tmp/soak.backup &&
    build/daxmend inject $file --count $pages --span 512 --seed \$1; } \
    >/tmp/soak.inject.txt 2>&1
  echo \$? >/tmp/soak.status && mv /tmp/soak.status /tmp/soak.injected
fi
until [ -e /tmp/soak.injected ]; do sleep 0.1; done
exit \$(cat /tmp/soak.injected)
EOT

total=0 recoveries=0 lost=0 left=0 batches=0
# One batch: $1 strategy, $2 access, $3 rw, $4 bs, $5 processes, $6 backup.
batch() {
  rm -f $run
  backup="" verify="verify=crc32c"
  [ "$6" = backup ] && backup="backup=/tmp/soak.backup"
  # Zeros where data was fail every checksum; the file is compared instead.
  [ "$6" = none ] && verify=
  # I/Os of other sizes meet several of the pages at once.
  case $4 in
    512 | 4k) least=$pages ;;
    *) least=$((pages / 4)) ;;
  esac
  readback=0
  [ "$3" = randwrite ] && readback=1
  # Who reads a page between punch and write sees zeros, and no error: two
  # processes on the same pages would ask what this strategy cannot promise
  # (recovery/page_repair.h). So each has a half of the file.
  share=
  [ "$1$5" = punch2 ] && share="size=50%
offset_increment=50%"
  cat >/tmp/soak.fio <<EOT
[global]
filename=$file
size=$size
stonewall
$verify
verify_interval=512
verify_fatal=1
do_verify=0
verify_state_save=0
[layout]
ioengine=psync
verify=crc32c
rw=write
bs=1m
[recover]
ioengine=external:build/fio-daxmend.so
access=$2
recovery=$1
$backup
path_log=$run
rw=$3
bs=$4
numjobs=$5
$share
do_verify=$readback
exec_prerun=sh /tmp/soak.inject.sh $((batches + 1))
EOT
  # Every byte again.
  [ "$6" = backup ] && cat >>/tmp/soak.fio <<EOT
[verify]
ioengine=external:build/fio-daxmend.so
path_log=$run
rw=read
bs=4k
EOT
  rm -rf /tmp/soak.injecting /tmp/soak.injected /tmp/soak.inject.txt ./*.prerun.txt
  fio /tmp/soak.fio >/tmp/soak.txt 2>&1
  status=$?
  batches=$((batches + 1))
  what="batch $batches: $1 $2 $3 $4, $5 at once, backup: $6"
  total=$((total + $(sum ios)))
  recoveries=$((recoveries + $(sum recovered_ios)))
  left=$((left + $(sum left_sectors)))
  lost=$((lost + $(sum lost_sectors)))
  if [ $status != 0 ] || [ "$(sum failed_ios)" != 0 ] ||
    [ "$(sum recovered_ios)" -lt $least ]; then
    check "$what" false
    grep "^daxmend: \|^fio: " /tmp/soak.txt | head -n 5 | sed "s/^/# /"
    # What was run before the jobs has said.
    for said in /tmp/soak.inject.txt ./*.prerun.txt; do
      [ -s "$said" ] && sed "s|^|# $said: |" "$said"
    done
    echo "# the kernel lists $(bad_sectors | wc -l) ranges, inject was to poison $pages pages"
    tail -n 15 /tmp/soak.txt | sed "s/^/# /"
    dmesg | tail -n 5 | sed "s/^/# /"
  elif [ "$6" = backup ]; then
    check "$what: no byte is wrong, nothing is lost" [ "$(sum lost_sectors)" = 0 ]
  else
    check "$what: all of the file can be read" cp $file /dev/null
    check "$what: what differs is what was counted as lost" \
      [ "$(sum lost_sectors)" -gt 0 -a "$(sum lost_sectors)" = "$(differing)" ]
  fi
  build/daxmend restore >/tmp/soak.restore.txt 2>&1 ||
    { check "batch $batches: restore" false; sed "s/^/# /" /tmp/soak.restore.txt; }
  [ -z "$(bad_sectors)" ] || check "batch $batches: the device is clean again" false
  rm -f $file
}

while :; do
  for strategy in write clear punch; do
    for access in syscall mmap; do
      if [ "$ios" != 0 ]; then
        batch $strategy $access randread 512 1 backup
        batch $strategy $access randwrite 6k 1 backup
        batch $strategy $access randread 64k 1 none
      fi
      batch $strategy $access randwrite 512 1 backup
      batch $strategy $access randread 4k 2 backup
      echo "# $total I/Os, $recoveries recoveries, $lost sectors lost and counted, $left left on the media"
      [ "$ios" != 0 ] && [ "$total" -ge "$ios" ] && [ "$recoveries" -ge $((ios / 100)) ] && break 3
    done
  done
  [ "$ios" = 0 ] && break
done
echo "# all: $batches batches, $total I/Os, $recoveries recoveries, $lost sectors lost and counted, $left left on the media"
finish
