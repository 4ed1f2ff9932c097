#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What stock ndctl and the kernel make of the emulated NVDIMM's firmware. Wants
# `daxmend vm --boots`, because it reboots the guest once, and a firmware table of
# the default capacity. Boots after the second are not its.
[ "$DAXMEND_BOOT" -le 2 ] || exit 0
. /add/tap.sh

capacity=1024
not() { ! "$@"; }

# is WANTED COMMAND...: COMMAND prints WANTED.
is() {
  wanted=$1
  shift
  got=$("$@" 2>&1)
  [ "$got" = "$wanted" ] || {
    printf 'wanted: %s\ngot: %s\n' "$wanted" "$got"
    return 1
  }
}

scrub() {
  # "Resource busy" when the kernel is scrubbing already.
  until ndctl start-scrub >/dev/null 2>&1; do sleep 0.1; done
  ndctl wait-scrub >/dev/null
}
# inject FIRST COUNT [OPTION]: 512-byte blocks of the namespace. Without
# --saturate each gets one clear unit of poison, and is a range of its own.
inject() { ndctl inject-error -B "$1" -n "$2" --no-notify $3 namespace0.0; }
uninject() { ndctl inject-error -d -B "$1" -n "$2" --saturate namespace0.0; }
# What the firmware says was injected: "FIRST COUNT" lines, blocks joined.
injected() {
  ndctl inject-error --status namespace0.0 |
    sed -n 's/.*"block":\([0-9]*\),/\1/p; s/.*"count":\([0-9]*\)/\1/p' |
    paste -d ' ' - -
}
read_page() { dd if="$1" of=/dev/null bs=4096 skip="$2" count=1 iflag=direct; }
write_page() {
  dd if=/dev/zero of="$1" bs=4096 seek="$2" count=1 oflag=direct conv=notrunc
}
# The device's sector where the file $1, of one extent, begins.
# pages BEGIN END STEP COMMAND...: runs COMMAND PAGE for the pages.
each_page() {
  page=$1
  while [ "$page" -lt "$2" ]; do
    $4 "$page"
    page=$((page + $3))
  done
}

file=/mnt/pmem/firmware.dat
# The guest's root is lost with the power; this is not.
journal=/mnt/pmem/journal
if [ "$DAXMEND_BOOT" = 2 ]; then
  echo "# $(injected | wc -l) ranges were in the firmware when the power failed"
  check "a power cut while injecting leaves the journal" [ -e "$(echo $journal/*.json)" ]
  daxmend restore --journal $journal >/dev/null
  check "restore undoes it after the reboot" [ -z "$(ls $journal)" ]
  check "every byte is there" cmp /mnt/pmem/cut.dat /mnt/pmem/cut.copy
  check "poison survives a reboot of the guest" \
    is "$(cat /mnt/pmem/expected)" bad_sectors
  check "and still cannot be read" not read_page $file 100
  check "an aligned write repairs it" write_page $file 100
  check "the kernel lists nothing any more" is "" bad_sectors
  check "nor does the firmware" is "" injected
  finish
fi

check "the namespace is fsdax" \
  sh -c "ndctl list -N | grep -q '\"mode\":\"fsdax\"'"
# The scrub of the boot must not come upon what is injected.
ndctl wait-scrub >/dev/null
check "the device starts clean" is "" bad_sectors
dd if=/dev/urandom of=$file bs=1M count=16 2>/dev/null
sync
sector=$(first_sector $file)
check "the test's file has one extent" [ -n "$sector" ]

poison_page() { inject $((sector + $1 * 8)) 8 --saturate; }
repair_page() { write_page $file "$1" 2>/dev/null; }
every_other() {
  each_page 0 80 2 echo | while read -r page; do
    echo "$((sector + page * 8)) 8"
  done
}
each_page 0 80 2 poison_page >/dev/null
check "without notification the kernel knows nothing yet" is "" bad_sectors
check "a scrub can be started and waited for" scrub
check "it lists 40 poisoned pages" is "$(every_other)" bad_sectors
check "ndctl list --media-errors counts their sectors" \
  sh -c "ndctl list --media-errors | grep -q '\"badblock_count\":320'"
check "ndctl inject-error --status lists them" is "$(every_other)" injected
check "a poisoned page of the file cannot be read" not read_page $file 78
check "its neighbour can" read_page $file 79
each_page 0 80 2 repair_page
check "aligned writes repair all 40" is "" bad_sectors
check "and clear them in the firmware" is "" injected
scrub
check "the next scrub finds nothing" is "" bad_sectors
check "the page can be read" read_page $file 78

ndctl inject-error -B "$sector" -n 24 --saturate namespace0.0 >/dev/null
tries=0
until [ -n "$(bad_sectors)" ] || [ $tries = 100 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
check "poison that is announced is listed without asking" \
  is "$sector 24" bad_sectors
check "the middle of a range can be repaired" write_page $file 1
split="$sector 8
$((sector + 16)) 8"
check "which splits it in the kernel's list" is "$split" bad_sectors
check "and in the firmware" is "$split" injected
uninject "$sector" 24 >/dev/null
check "uninject takes it out of the firmware" is "" injected
check "the kernel keeps its list" is "$split" bad_sectors
repair_page 0
repair_page 2
check "until the next write" is "" bad_sectors

check "a table of $capacity ranges takes no more" \
  not inject "$sector" $((capacity + 1))
check "and keeps what it has" is "$sector $capacity" injected
check "what joins a range it has still fits" \
  inject $((sector + capacity - 1)) 1 --saturate
uninject "$sector" "$capacity" >/dev/null
check "emptied, it is empty" is "" injected
check "and takes ranges again" inject $((sector + 800)) 8

scrub
bad_sectors >/mnt/pmem/expected
check "poison is listed before the reboot" is "$((sector + 800)) 8" bad_sectors
[ "$tap_failed" = 0 ] || finish
dd if=/dev/urandom of=/mnt/pmem/cut.dat bs=1M count=2 2>/dev/null
cp /mnt/pmem/cut.dat /mnt/pmem/cut.copy
sync
daxmend inject /mnt/pmem/cut.dat --count 64 --journal $journal >/dev/null 2>&1 &
until [ -e "$(echo $journal/*.json)" ]; do :; done
reboot -f
sleep 60
