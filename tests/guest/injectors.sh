#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every injector this device has: what a process sees of it, and that restore
# takes it back with every byte.
. /add/tap.sh

f=/mnt/pmem/injectors.dat
journal=/var/lib/daxmend/journal
entries() { ls $journal 2>/dev/null | wc -l; }
bad_count() { bad_sectors | awk '{ n += $2 } END { print n + 0 }'; }
# probe INJECTOR ACCESS: what /add/poison_probe prints.
probe() {
  /add/poison_probe $f 8192 $2 daxmend inject $f --via $1 --offset 8k --length 512
}
# has NAME WHAT: whether `daxmend injectors` says so.
has() { daxmend injectors $f | grep -qE "^ +$1 +$2 "; }

modprobe mce-inject
dd if=/dev/urandom of=$f bs=1M count=4 2>/dev/null
sync

daxmend injectors >/tmp/injectors.txt
sed 's/^/# /' /tmp/injectors.txt
case $(cat /sys/class/nd/ndctl0/device/provider) in
  ACPI.NFIT)
    injectors="ndctl badblocks mce hwpoison combined"
    check "firmware is the default" has ndctl default
    ;;
  *)
    injectors="badblocks hwpoison combined"
    check "without firmware the kernel's list is the default" has badblocks default
    check "without firmware there is no ndctl" has ndctl no
    check "and no mce" has mce no
    refuses "ndctl without firmware" "no ARS error injection" \
      daxmend inject $f --via ndctl --length 512
    refuses "to validate a bus without firmware" "no NFIT firmware to ask" \
      daxmend validate --bus ndbus0
    ;;
esac
refuses "an injector that is not there" "choose one of ndctl, badblocks" \
  daxmend inject $f --via magic --length 512
check "injectors --json names them all" \
  sh -c '[ "$(daxmend injectors --json | grep -c "\"name\"")" = 6 ]'

for injector in $injectors; do
  # A load marks nothing, so the bytes stay what they are.
  cp $f /tmp/injectors.copy
  probe $injector load-new >/tmp/probe.txt 2>&1
  check "$injector: injected" [ $? = 0 ]
  sed "s/^/# $injector load-new: /" /tmp/probe.txt
  check "$injector: inject has journalled it" \
    grep -q "\"injector\": \"$injector\"" $journal/*.json
  case $injector in
    hwpoison)
      check "$injector: who has it mapped gets SIGBUS" \
        grep -q "SIGBUS BUS_MCEERR_A" /tmp/probe.txt
      check "$injector: nothing is listed" [ -z "$(bad_sectors)" ]
      check "$injector: read() does not notice" \
        dd if=$f of=/dev/null bs=4k skip=2 count=1
      ;;
    combined)
      check "$injector: who has it mapped gets SIGBUS" \
        grep -q "SIGBUS BUS_MCEERR_A.* | " /tmp/probe.txt
      check "$injector: and so does who maps it anew" \
        grep -q "| SIGBUS" /tmp/probe.txt
      ;;
    *)
      check "$injector: who maps it anew gets SIGBUS" \
        grep -q "^- | SIGBUS" /tmp/probe.txt
      ;;
  esac
  if [ $injector != hwpoison ]; then
    check "$injector: one sector is listed" [ "$(bad_count)" = 1 ]
    check "$injector: read() fails" \
      sh -c "! dd if=$f of=/dev/null bs=4k skip=2 count=1"
  fi
  daxmend restore >/tmp/restore.txt 2>&1
  check "$injector: restore exits 0" [ $? = 0 ]
  check "$injector: restore leaves no poison and no entry" \
    [ "$(bad_sectors)$(entries)" = 0 ]
  # The probe's mapping stored one byte before anything was injected.
  printf s | dd of=/tmp/injectors.copy bs=1 seek=8192 conv=notrunc 2>/dev/null
  check "$injector: restore gives every byte back" cmp $f /tmp/injectors.copy

  # Newer data is kept, whatever the injector.
  daxmend inject $f --via $injector --offset 8k --length 4k >/dev/null
  dd if=/dev/zero of=$f bs=4k seek=2 count=1 conv=notrunc 2>/dev/null
  check "$injector: an aligned write repairs it" [ -z "$(bad_sectors)" ]
  cp $f /tmp/injectors.copy
  daxmend restore >/dev/null
  check "$injector: restore keeps newer data" cmp $f /tmp/injectors.copy
  check "$injector: and empties the journal" [ "$(entries)" = 0 ]
done

daxmend inject $f --via badblocks --count 300 --span 512 >/tmp/inject.out 2>&1
check "300 entries fit" [ $? = 0 ]
tap_poison_expected=1
refuses "more entries than the kernel's list holds" "512 ranges" \
  daxmend inject $f --via badblocks --count 500 --span 512 --seed 9
tap_poison_expected=
daxmend restore >/dev/null
check "and all of it can be undone" [ "$(bad_sectors)$(entries)" = 0 ]

daxmend inject $f --rate 20 --for 3 --span 512 --seed 3 --via badblocks \
  --record /tmp/timeline.json >/tmp/rate.txt
check "poison arrives over time" grep -q "arrivals came" /tmp/rate.txt
sed 's/^/# /' /tmp/rate.txt
# How many come in 3 s is the busy machine's affair (inject_arrivals_test has how
# many are due).
check "each arrival is an entry of the record and of the journal" sh -c \
  '[ $(grep -c time_ns /tmp/timeline.json) -ge 2 ] &&
   [ $(ls '$journal'/*.json | wc -l) = $(grep -c time_ns /tmp/timeline.json) ]'
check "they are seconds apart in the end" sh -c \
  'grep -o "time_ns\": [0-9]*" /tmp/timeline.json | sed "s/.* //" |
   sort -n | awk "NR == 1 { a = \$1 } { b = \$1 } END { exit !(b - a > 1.5e9) }"'
daxmend restore >/dev/null
check "restore undoes all arrivals" [ "$(bad_sectors)$(entries)" = 0 ]
daxmend inject $f --rate 20 --for 600 --via badblocks >/tmp/rate.txt &
pid=$!
# Not before: a shell's background command ignores the signal until it says
# what to do with it.
until [ "$(entries)" -ge 2 ]; do sleep 0.1; done
kill -INT $pid
wait $pid
check "Ctrl-C ends it" [ $? = 0 ]
check "and keeps what has arrived" [ "$(entries)" -ge 2 ]
daxmend restore >/dev/null
check "for restore to undo" [ "$(bad_sectors)$(entries)" = 0 ]
refuses "a rate without an end" "for" daxmend inject $f --rate 5

case $injectors in
  ndctl*)
    cp $f /tmp/injectors.copy
    daxmend inject $f --offset 8k --length 512 --no-saturate >/dev/null
    check "less than a sector poisons the sector for the kernel" \
      [ "$(bad_count)" = 1 ]
    daxmend restore >/dev/null
    check "and is uninjected" [ "$(bad_sectors)$(entries)" = 0 ]
    check "with every byte" cmp $f /tmp/injectors.copy
    ;;
  *)
    refuses "less than a sector without firmware" "whole sectors" \
      daxmend inject $f --length 512 --no-saturate
    ;;
esac

rm -f $f
finish
