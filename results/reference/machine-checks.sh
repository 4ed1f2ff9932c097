#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# machine-checks.sh [BUILD] >machine-checks.md
#
# What each kernel does when an access meets poison, listed or not, with machine
# checks raised as hardware raises them: asked of the kernels that BUILD (build)
# has guests for (cmake --preset release
# -DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;6.12;7.3"), ext4 and xfs, under
# the virtual clock. A boot for each, and one more after each panic; JOBS (1) at a
# time. QEMU is --qemu ${QEMU:-11} (./quickstart qemu).
set -eu

accesses='pread pwrite pwrite512 load store load-new store-new load-beside msync
write-from vm-read block-read block-write block-ahead taken-block-read
taken-block-write taken-pwrite'

# In the guest: prints "BEGIN ACCESS STATE", and when it is over "ROW" and words.
inside() {
  number=0
  for cell; do
    access=${cell%/*} state=${cell#*/}
    # The pages of what was tried before stay as they are.
    number=$((number + 1))
    file=/mnt/pmem/cell.$number
    silent=
    [ "$state" = known ] || silent=--silent
    dd if=/dev/urandom of=$file bs=64k count=1 2>/dev/null
    sync
    cp $file /tmp/bytes
    echo "build/daxmend inject $file $silent --offset 8192 --length 512" >/tmp/inject
    corrupted=$(corrupted)
    trouble=$(trouble | wc -l)
    echo "BEGIN $access $state"
    status=0
    row=$(/add/poison_probe $file 8192 "$access" sh /tmp/inject 2>/tmp/probe.err) ||
      status=$?
    if [ $status -gt 128 ]; then row="- | killed" # an oops does that
    elif [ $status != 0 ]; then
      cat /tmp/probe.err >&2
      exit 2
    fi
    sleep 1 # what the kernel does about it later
    result=$(echo "${row#* | }" | tr ' ' '~')
    listed=$(awk '{ n += $2 } END { print n + 0 }' /sys/block/pmem0/badblocks)
    taken=$((($(corrupted) - corrupted) / 4))
    page() { dd if=$file of=/tmp/page bs=4k skip=2 count=1 2>/dev/null; }
    write_page() {
      dd if=/tmp/bytes of=$file bs=4k skip=2 seek=2 count=1 conv=notrunc 2>/dev/null
    }
    if write_page && page; then repair=pwrite
    elif write_page && page; then repair=pread+pwrite # which listed it first
    elif build/daxmend restore >/dev/null 2>&1 && page; then repair=uninject
    elif xfs_io -c "fpunch 8k 4k" $file >/dev/null 2>&1 && write_page && page; then
      repair=punch
    else
      repair=nothing
    fi
    loaded=ok
    xfs_io -r -c "mmap -r 0 64k" -c "mread 8192 512" $file >/dev/null 2>&1 ||
      loaded=SIGBUS
    map=ok
    xfs_io -r -c fiemap $file >/dev/null 2>&1 || map=fails
    read -r device there fs options rest <<END
$(grep ' /mnt/pmem ' /proc/mounts)
END
    mount=fails
    cd /
    umount "$there" && mount -t "$fs" -o "$options" "$device" "$there" && mount=ok
    cd - >/dev/null
    build/daxmend restore >/dev/null 2>&1 || :
    echo "ROW $access $state $result $listed $taken $repair $loaded $map $mount" \
      "$(trouble | tail -n +$((trouble + 1)) | head -n 1)"
  done
}
corrupted() { awk '/HardwareCorrupted/ { print $2 }' /proc/meminfo; }
# A line for each oops and warning; what comes of one is behind it.
trouble() {
  dmesg | awk '
    / Oops: / { kind = "oops" }
    / WARNING: / { kind = "warning" }
    / RIP: 0010:/ && kind {
      sub(/.* RIP: 0010:/, "")
      sub(/\+0x.*/, "")
      print kind ":" $0
      kind = ""
    }'
}

# one SCRATCH BUILD KERNEL FS: the rows of one kernel and file system.
one() {
  build=$2 kernel=$3 fs=$4 at=$1/$3.$4
  mkdir -p "$at"
  : >"$at/rows"
  left=
  for access in $accesses; do left="$left $access/known $access/unknown"; done
  while [ "$left" ]; do
    echo "machine-checks.sh: $kernel, $fs:$left" >&2
    status=0
    # shellcheck disable=SC2086
    "$build/daxmend" vm --machine-checks --clock virtual --qemu "${QEMU:-11}" \
      --fs "$fs" --kernel "$kernel" --nvdimm-size 512M --timeout 6000 \
      --add "$0" --add "$(dirname "$0")/each_kernel.sh" --add "$build/tests/poison_probe" -- \
      sh "/add/${0##*/}" inside $left >"$at/said" 2>"$at/errors" \
      </dev/null || status=$?
    grep '^ROW ' "$at/said" >>"$at/rows" || :
    last=$(sed -n 's/^BEGIN \(.*\) \(.*\)/\1\/\2/p' "$at/said" | tail -n 1)
    [ "$status" != 0 ] || break
    function=$(sed -n 's/.*RIP.*[ {:]\([A-Za-z_][A-Za-z0-9_.]*\)+0x.*/\1/p' \
      "$at/errors" | head -n 1)
    # What has no row is what the guest did not survive.
    if [ -z "$last" ] || grep -q "^ROW ${last%/*} ${last#*/} " "$at/rows" ||
      ! grep -q 'Kernel panic' "$at/errors"; then
      cat "$at/errors" >&2
      exit 1
    fi
    echo "ROW ${last%/*} ${last#*/} panic:$function - - - - - -" >>"$at/rows"
    left=${left#*" $last"}
  done
}

host() {
  build=${1:-build}
  cat <<'END'
# What each kernel does when an access meets poison

Made by `results/reference/machine-checks.sh >results/reference/machine-checks.md`
in `daxmend vm --machine-checks --clock virtual`. The first sector of a 4 KiB page of
a file on fsdax was poisoned, with the kernel told of it ("known", `daxmend inject`)
or not ("unknown", `daxmend inject --silent`), and one process made one access to
that page. Every load from the poisoned line raises a machine check. "Listed" are
sectors on the kernel's list of badblocks afterwards, "taken" pages that it took away
(HardwareCorrupted). "Repair" is what made the page readable by `pread` again, the
first of: `pwrite` of the page; a `pread`, which lists it, and another `pwrite`;
`uninject` of the poison; `punch` of a hole. "Load" is what a load gets then; FIEMAP
and unmounting come last. "Panic" names the function whose load nothing guards.

- `load-beside`: of the page in front of it, by a mapping of both
- `msync`: of a store to the page's second half
- `write-from`: `write()` to another file from a mapping of the page
- `vm-read`: `process_vm_readv()` of a mapping of the page
- `block-read`, `block-write`: of the page on the block device, direct
- `block-ahead`: of the page in front of it there, through the cache, with read-ahead
- `taken-block-read`, `taken-block-write`, `taken-pwrite`: of the page's last sector,
  which is good, on the block device or by the file, a second after a load has met the
  poison

What of this is wrong is in [kernel-findings.md](kernel-findings.md).

END
  each_kernel "$scratch" "$build"
  awk '{ all = all (all ? ", " : "") $0 } END { print "Linux " all ".\n" }' \
    "$scratch/kernels"
  cat <<'END'
| access | poison | where | result | listed | taken | repair | load | FIEMAP | unmount |
| --- | --- | --- | --- | ---: | ---: | --- | --- | --- | --- |
END
  while read -r kernel; do
    for fs in ext4 xfs; do
      sed "s/^ROW/${kernel%%-*} $fs/" "$scratch/$kernel.$fs/rows"
    done
  done <"$scratch/kernels" | table
}

# Rows that say the same of several kernels or file systems are one.
table() {
  awk -v accesses="$accesses" '
    {
      split($1, part, /[.+]/)
      where = part[1] "." part[2] " " $2
      cell = $3 " " $4
      outcome = $5
      for (i = 6; i <= NF; ++i) outcome = outcome " " $i
      if (!(where in seen)) { seen[where] = 1; ++places }
      if (!((cell, outcome) in known)) order[cell] = order[cell] "\n" outcome
      known[cell, outcome] = known[cell, outcome] (known[cell, outcome] ? ", " : "") where
      ++count[cell, outcome]
    }
    END {
      n = split(accesses, access, /[ \n]+/)
      for (i = 1; i <= n; ++i) for (s = 1; s <= 2; ++s) {
        state = s == 1 ? "known" : "unknown"
        cell = access[i] " " state
        outcomes = split(substr(order[cell], 2), each, "\n")
        for (o = 1; o <= outcomes; ++o) {
          split(each[o], word, " ")
          result = word[1]
          gsub(/~/, " ", result)
          if (sub(/^panic:/, "panic in `", result)) result = result "`"
          if (word[8] != "") {
            sub(/:/, " in `", word[8])
            result = result "; " word[8] "`"
          }
          where = known[cell, each[o]]
          if (count[cell, each[o]] == places) where = "all"
          print "| " access[i] " | " state " | " where " | " result " | " \
            word[2] " | " word[3] " | " word[4] " | " word[5] " | " word[6] \
            " | " word[7] " |"
        }
      }
    }'
}

# In the guest it lies beside this, too.
# shellcheck source=/dev/null
. "$(dirname "$0")/each_kernel.sh"
run_part "$@"
