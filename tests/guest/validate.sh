#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend validate against the emulated firmware, which has to pass, and what it
# refuses. It reboots the guest once: what was repaired stays good, what was not
# stays bad. Its boots are the second, behind firmware.sh, and the third.
[ "$DAXMEND_BOOT" -ge 2 ] || exit 0
. /add/tap.sh

journal=/var/lib/daxmend/journal
entries() { ls $journal 2>/dev/null | wc -l; }
injected() { ndctl inject-error --status namespace0.0 | grep -c '"block"'; }
validate="daxmend validate --bus ndbus0"
destructive="$validate --namespace namespace0.0 --destructive"
# The end of the device, with the range that is written to.
last_bytes() {
  dd if=/dev/pmem0 bs=1M skip=$(($(cat /sys/block/pmem0/size) / 2048 - 4)) \
    2>/dev/null | md5sum
}
same_bytes() { [ "$(last_bytes)" = "$(cat /tmp/before)" ]; }
nothing_left() {
  [ -z "$(bad_sectors)" ] && [ "$(injected)" = 0 ] && [ "$(entries)" = 0 ]
}
# Waits until the run $1 has injected something.
wait_for_poison() {
  until [ "$(injected)" != 0 ] || ! kill -0 "$1" 2>/dev/null; do
    sleep 0.1
  done
}

if [ "$DAXMEND_BOOT" = 3 ]; then
  mkdir -p $journal
  cp /mnt/pmem/journal/* $journal
  umount /mnt/pmem
  $destructive --after-reboot >/tmp/validate.out 2>&1
  check "what was repaired stays good, what was not stays bad" [ $? = 0 ]
  check "both were asked for, and neither warned about" \
    grep -q "0 of 2 checks failed, 0 warned, 0 were skipped" /tmp/validate.out
  check "and nothing is left" nothing_left
  finish
fi

tap_poison_expected=
refuses "a namespace that is mounted" "in use" $destructive
umount /mnt/pmem
# shellcheck disable=SC2217  # only holds it
sleep 1000 </dev/pmem0 &
holder=$!
refuses "a namespace that somebody has open" "in use .*$holder" $destructive
kill $holder
wait $holder 2>/dev/null
refuses "--destructive without a namespace" "needs --namespace" \
  $validate --destructive
refuses "a bus that there is not" "ndbus9 is not an NVDIMM bus" \
  daxmend validate --bus ndbus9
refuses "a namespace that there is not" "namespace7.0 is not a namespace" \
  daxmend validate --bus ndbus0 --namespace namespace7.0 --destructive
refuses "a check that there is not" "CAP-99" $validate --only CAP-99
refuses "a destructive check without leave" "INJECT-02 poisons" \
  $validate --only INJECT-02
refuses "an --after-reboot with nothing before" "before-reboot first" \
  $destructive --after-reboot
echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
refuses "a caller without CAP_SYS_ADMIN" "root" \
  start-stop-daemon -S -c nobody -x /root/daxmend/build/daxmend -- \
  validate --bus ndbus0

$validate >/tmp/validate.out
check "the emulated firmware passes read-only" [ $? = 0 ]
last_bytes >/tmp/before
$destructive --html /tmp/r.html --json /tmp/r.json --junit /tmp/r.xml \
  >/tmp/validate.out 2>/tmp/validate.err
check "the emulated firmware passes" [ $? = 0 ]
check "with nothing to warn about" \
  grep -q "^PASS: 0 of .* failed, 0 warned" /tmp/validate.out
check "every skip says why" awk \
  '/^SKIP/ { s = 1; next } s { if (!/^      /) bad = 1; s = 0 } END { exit bad }' \
  /tmp/validate.out
check "it says first what it overwrites" \
  grep -q "overwrites sectors .* of /dev/pmem0" /tmp/validate.err
check "nothing is left" nothing_left
check "every byte is as before" same_bytes
check "the reports are written" \
  sh -c 'grep -q "</html>" /tmp/r.html && grep -q "</testsuites>" /tmp/r.xml && grep -q "\"fail\": 0" /tmp/r.json'

$destructive --only INJECT-19,INJECT-21 >/dev/null 2>&1 &
pid=$!
wait_for_poison $pid
kill -9 $pid
wait $pid 2>/dev/null
check "kill -9 leaves the journal" [ "$(entries)" = 2 ]
daxmend restore >/dev/null
check "restore uninjects what it left" nothing_left

$destructive --only INJECT-19,INJECT-21 >/dev/null 2>&1 &
pid=$!
wait_for_poison $pid
kill -INT $pid
wait $pid
check "Ctrl-C exits with 2" [ $? = 2 ]
check "and leaves nothing" nothing_left

$destructive --only INJECT-21 >/tmp/validate.out 2>/tmp/validate.err &
pid=$!
wait_for_poison $pid
# An ACPI driver before Linux 7.3, a platform driver from then on.
for driver in /sys/bus/acpi/drivers/nfit /sys/bus/platform/drivers/*nfit*; do
  device=$(basename "$(echo $driver/ACPI0012*)")
  [ ! -e "$driver/$device" ] || break
done
check "the driver of the NVDIMM's firmware is found" [ -e "$driver/$device" ]
echo "$device" >"$driver/unbind"
wait $pid
check "a device that goes away ends it with 2" [ $? = 2 ]
check "and one line that says so" \
  sh -c '[ "$(grep -c "gone away" /tmp/validate.err)" = 1 ]'
echo "$device" >"$driver/bind"
until [ -b /dev/pmem0 ]; do sleep 0.1; done
ndctl wait-scrub >/dev/null
daxmend restore >/dev/null
check "when it is back, restore uninjects what was injected" nothing_left
check "and every byte is there" same_bytes

$destructive --only CAP-01 --before-reboot >/tmp/validate.out 2>&1
check "an error can be left for after a reboot" [ "$(injected)" = 1 ]
mount -o dax /dev/pmem0 /mnt/pmem
mkdir -p /mnt/pmem/journal
cp $journal/* /mnt/pmem/journal
[ "$tap_failed" = 0 ] || finish
sync
reboot -f
sleep 60
