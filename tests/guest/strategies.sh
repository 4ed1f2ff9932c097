#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recovery=punch by both accesses: every byte is right afterwards, and
# the poison is still on the media, in nobody's file.
. /add/tap.sh

run=/tmp/strategies.json
file=/mnt/pmem/strategies.dat
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
bad_count() { bad_sectors | awk '{ n += $2 } END { print n + 0 }'; }

# The job file of one trial: $1 strategy, $2 access, $3 rw, $4 bs.
trial() {
  cat >/tmp/strategies.fio <<EOT
[global]
filename=$file
size=4m
stonewall
verify=crc32c
verify_interval=512
verify_fatal=1
do_verify=0
verify_state_save=0
[layout]
ioengine=psync
rw=write
bs=1m
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
bs=1m
EOT
  fio /tmp/strategies.fio >/tmp/strategies.txt 2>&1
}

for access in syscall mmap; do
  for io in "randread 4k" "randwrite 4k" "randwrite 512"; do
    # shellcheck disable=SC2086
    trial punch $access $io
    status=$?
    check "punch, $access, $io: fio is content" [ $status = 0 ]
    [ $status = 0 ] || sed 's/^/# /' /tmp/strategies.txt
    check "punch, $access, $io: 16 I/Os were recovered" \
      [ "$(sum recovered_ios)" = 16 ]
    check "punch, $access, $io: nothing failed or was lost" \
      [ "$(sum failed_ios)$(sum lost_sectors)" = 00 ]
    # Stores through MAP_SYNC commit the journal all the time, and the file
    # system hands the very place out again that was just given back.
    if [ "$access $io" = "mmap ${io#randread}" ]; then
      echo "# $(bad_count) sectors were left behind"
    else
      check "punch, $access, $io: the poison is still on the media" \
        [ "$(bad_count)" -ge 16 ]
    fi
    grep -E "^  recover .*(repair|recovery) " /tmp/strategies.txt |
      sed "s/^/# punch $access $io /"
    # Where the poison is nobody's, the journal still knows it.
    build/daxmend restore >/dev/null
    check "punch, $access, $io: and can be cleared" [ "$(bad_count)" = 0 ]
    rm -f $file
  done
done
finish
