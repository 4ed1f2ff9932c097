#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The device goes away under a job: the job ends, and says why. Last
# of a boot, for the file system goes with it. By system calls only: after the
# device of a mapped DAX file has gone, Linux 6.1 does not survive the unmount
# (dax_disassociate_entry() reads the pages that went with it).
. /add/tap.sh

cat >/tmp/removed.fio <<EOT
[global]
filename=/mnt/pmem/removed.dat
size=4m
stonewall
[layout]
ioengine=psync
rw=write
bs=1m
[removed]
ioengine=external:build/fio-daxmend.so
recovery=write
rw=randrw
bs=4k
time_based
runtime=36000
exec_prerun=touch /tmp/removed.begun
path_log=/tmp/removed.json
EOT
fio /tmp/removed.fio >/tmp/removed.out 2>&1 &
pid=$!
until [ -e /tmp/removed.begun ]; do sleep 0.1; done
sleep 1
driver=/sys/bus/nd/drivers/nd_pmem
for device in "$driver"/pfn* "$driver"/namespace*; do
  [ ! -e "$device" ] || name=$(basename "$device")
done
echo "$name" >$driver/unbind
wait $pid
status=$?
check "the job ends with an error" [ $status -ne 0 ]
check "and says that there is no such device, once" \
  [ "$(grep -c "^fio: io_u error.*: No such device or address" /tmp/removed.out)" = 1 ]
check "what was measured until then is there" \
  grep -q '"failed_ios": 1' /tmp/removed.json
finish
