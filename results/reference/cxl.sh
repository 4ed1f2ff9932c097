#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cxl.sh [BUILD [DIR]] >cxl.md
#
# What recovering costs on CXL memory beside an NVDIMM, and what the kernel does
# with both: asked of the emulated machine with QEMU 11 (./quickstart qemu) and Linux
# 7.3, which BUILD (build) has to have (cmake --preset release
# -DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;7.3"). Five boots, about four
# minutes. DIR keeps the runs, and what is there is not made again.
set -eu
file=/mnt/pmem/cxl-page.dat

# In the guest: what nobody who does not meet it pays for poison, and what the kernel
# does with an entry of its own list.
inside() {
  for which in clean beside; do
    [ $which = clean ] || {
      dd if=/dev/zero of=/mnt/pmem/elsewhere.dat bs=1M count=4 2>/dev/null
      sync
      build/daxmend inject /mnt/pmem/elsewhere.dat --count 400 --span unit >/dev/null
    }
    mkdir -p /out/$which
    cat >/tmp/$which.fio <<END
[global]
ioengine=external:build/fio-daxmend.so
filename=/mnt/pmem/read.dat
size=16m
bs=4k
iomem_align=4k
path_log=/out/$which/run.json
[read]
rw=randread
[write]
stonewall
rw=randwrite
END
    daxmend run --out /out/$which /tmp/$which.fio >/out/$which/output 2>&1
  done
  build/daxmend restore >/dev/null
  rm -f /mnt/pmem/*.dat
  cat >/tmp/plant <<'END'
sector=$(xfs_io -r -c fiemap /mnt/pmem/cxl-page.dat | sed -n '2s/.*: \([0-9]*\)\.\..*/\1/p')
echo "$((sector + 16)) 1" >/sys/block/pmem0/badblocks
awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks >/tmp/before
END
  for access in pread pwrite pwrite512 load-new store-new; do
    # A name, and so blocks, of its own: what stays listed stays there.
    rm -f $file
    dd if=/dev/zero of=$file bs=64k count=1 2>/dev/null
    sync
    row=$(/add/poison_probe $file 8192 $access sh /tmp/plant 2>/tmp/probe.err) || {
      cat /tmp/probe.err >&2
      exit 2
    }
    echo "$access" "$(echo "${row#* | }" | tr ' ' '_')" "$(cat /tmp/before)" \
      "$(awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks)"
    mv $file "/mnt/pmem/kept.$access"
  done >/out/planted
}

value() { # CSV JOB PATH COLUMN
  awk -F, -v job="$2" -v path="$3" -v name="$4" '
    NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    $column["job"] == job && $column["path"] == path { print $column[name] }
  ' "$1"
}
grouped() { echo "${1%%.*}" | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta'; }

# run NAME VM-OPTION...
run() {
  at=$runs/$1
  shift
  [ ! -e "$at/csv" ] || return 0
  rm -rf "$at"
  mkdir -p "$at"
  "$build/daxmend" vm </dev/null --quiet --qemu 11 --kernel 7.3 --timeout 1800 "$@" \
    --out "$at" --add "$0" --add "$build/tests/poison_probe" -- \
    sh -c 'daxmend run jobs/recovery.fio >/out/output 2>&1 && sh "$0" inside' \
    "/add/${0##*/}" >"$at/vm" 2>&1 || {
    tail -n 5 "$at/vm" "$at/output" >&2
    exit 2
  }
  "$build/daxmend" report --csv --no-html "$at" >"$at/csv"
  for which in clean beside; do
    "$build/daxmend" report --csv --no-html "$at/$which" >"$at/$which.csv"
  done
}

host() {
  runs=${2:-$scratch}
  mkdir -p "$runs"
  run nfit --clock virtual
  run cxl --clock virtual --nvdimm cxl
  run cxl2 --clock virtual --nvdimm cxl --cxl-ways 2
  run nfit-wall
  run cxl-wall --nvdimm cxl
  kernel=$(sed -n 's/.*"kernel": "\(.*\)".*/\1/p' "$runs/cxl/run.json")
  qemu=$(sed -n 's/.*"qemu": "\(.*\)".*/\1/p' "$runs/cxl/run.json")
  fio=$(sed -n 's/.*"fio": "\(.*\)".*/\1/p' "$runs/cxl/run.json")
  cat <<END
# Recovery on CXL memory beside an NVDIMM

Made by \`results/reference/cxl.sh >results/reference/cxl.md\`: Linux $kernel,
ext4, QEMU $qemu TCG, $fio, one processor; guest instructions under the virtual clock
unless a table says otherwise. The CXL device is daxmend's own
(\`daxmend vm --nvdimm cxl\`), the NVDIMM the emulated one (\`--nvdimm nfit\`).

## Who knows of poison, and what ends it

|  | NVDIMM (fsdax) | CXL memory (fsdax) |
| --- | --- | --- |
| who lists it | the kernel (badblocks), which the firmware notifies | the device; the kernel shows it by trace events |
| in units of | 512-byte sectors | 64-byte lines |
| an I/O that meets it | fails: EIO, SIGBUS | does not fail by the list; a load meets a machine check on hardware, which this machine does not have |
| what makes it good | a write of the whole page | clearing it line by line; a write leaves it on the list |
| \`recovery=auto\` is | \`write\` | \`clear\` |

## The fast path

\`jobs/recovery.fio\`, medians of 8,192 I/Os of 4 KiB (and 512 bytes), nothing poisoned:

| job | NVDIMM | CXL, 1 way | CXL, 2 ways | NVDIMM, wall clock | CXL, wall clock |
| --- | ---: | ---: | ---: | ---: | ---: |
END
  for job in fast-read fast-write fast-write-512; do
    echo "| $job |" \
      "$(grouped "$(value "$runs/nfit/csv" $job fast p50)") |" \
      "$(grouped "$(value "$runs/cxl/csv" $job fast p50)") |" \
      "$(grouped "$(value "$runs/cxl2/csv" $job fast p50)") |" \
      "$(grouped "$(value "$runs/nfit-wall/csv" $job fast p50)") ns |" \
      "$(grouped "$(value "$runs/cxl-wall/csv" $job fast p50)") ns |"
  done
  cat <<'END'

Neither is a latency of hardware: both memories are the host's, reached by the same
emulated processor, and one wall-clock run says nothing finer than a factor.

## One recovery, by part

64 pages with one bad unit each (a sector, a line), medians:

| job | path | NVDIMM | CXL, 1 way | CXL, 2 ways | NVDIMM, wall clock | CXL, wall clock |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
END
  for job in recover-read recover-write recover-write-512; do
    for path in detect salvage repair window recovery; do
      row=
      for at in nfit cxl cxl2; do
        number=$(value "$runs/$at/csv" $job $path p50)
        row="$row ${number:+$(grouped "$number")} |"
      done
      for at in nfit-wall cxl-wall; do
        number=$(value "$runs/$at/csv" $job $path p50)
        row="$row ${number:+$(grouped "$number") ns} |"
      done
      echo "| $job | $path |$row"
    done
  done
  cat <<'END'

What takes the NVDIMM's instructions is its firmware, which is AML that the kernel
interprets; a CXL device's firmware is its own, and the host pays for the registers of
a mailbox. In the emulated machine each access to one is an exit to
QEMU, which costs no guest instruction and time of the wall clock.

`detect` is on CXL the look at the list that the engine keeps (no I/O fails). The
window is between clearing, which leaves zeros, and the store of the data: whoever
reads the page then reads zeros, and no error tells.

## What one error takes of 4 KiB

By the counters of the same runs (`saved_bytes` and `lost_bytes` without a backup, one
bad unit; `tests/guest/cxl.sh` asks it of CXL, `tests/guest/recovery_faults.sh` of the
NVDIMM):

| memory | good, and saved | lost |
| --- | ---: | ---: |
| NVDIMM | 3,584 bytes | 512 bytes |
| CXL | 4,032 bytes | 64 bytes |

## What it costs who does not touch it

The least of 4,096 reads and writes of 4 KiB (`recovery=none`) of one file, with nothing
poisoned and with 400 bad units in another file of the same device:

| memory | read, clean | read, beside | write, clean | write, beside |
| --- | ---: | ---: | ---: | ---: |
END
  for at in nfit cxl; do
    row=
    for job in read write; do
      for which in clean beside; do
        row="$row $(grouped "$(value "$runs/$at/$which.csv" $job fast min)") |"
      done
    done
    echo "| $([ $at = nfit ] && echo NVDIMM || echo CXL) |$row"
  done
  cat <<'END'

The kernel searches its list of bad sectors at every access of DAX to a disk that has
any. Of a CXL device it has no list to search.

## A list entry of the kernel's own on CXL memory

Nothing makes the kernel list poison of CXL memory, but somebody can (`echo "SECTOR 1"
>/sys/block/pmem0/badblocks`, as `daxmend inject --via badblocks` does on NVDIMMs and
refuses here). One access to such a page, a new one each; in brackets the sectors
listed before and after:

| memory | pread 4 KiB | pwrite 4 KiB | pwrite 512 B | load | store |
| --- | --- | --- | --- | --- | --- |
END
  for at in nfit cxl; do
    awk -v memory="$([ $at = nfit ] && echo NVDIMM || echo CXL)" '
      { sub("_", " ", $2); cells = cells " " $2 " (" $3 " → " $4 ") |" }
      END { print "| " memory " |" cells }' "$runs/$at/planted"
  done
  cat <<'END'

On the NVDIMM the page-aligned write asks the firmware to clear and takes the entry
off the list. On CXL memory there is nobody to ask (the bus has no clear-error
command): the write fails, and the entry stays until the region is made anew.

## What the specification could do, and what the kernel makes of it

Clear Poison (CXL 3.1, mailbox command 4302h) carries 64 bytes of data, which the
device writes as it clears: old poison or new data, nothing in between. Linux fills them
with zeros (`cxl_clear_poison`, drivers/cxl/core/memdev.c, 6.12 and 7.3), and its
only callers are files of debugfs. So there is no way today to clear a line and give
it its data in one step; the window above is the price. The thread of 2021 asked for
an atomic clear-and-write: for a line of CXL memory the hardware has it, and a caller
in the kernel that hands the data down would close the window without another flag
for who never recovers. For a page it takes one command a line: 64, where all of it
was bad.
END
}

case ${1-} in
  inside) inside ;;
  *)
    build=${1:-build}
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    host "$@"
    ;;
esac
