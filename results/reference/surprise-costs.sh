#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# surprise-costs.sh [BUILD] >surprise-costs.md
#
# What one recovery of poison costs that a load meets first, by part and by the
# number of processes that map the file: asked of the kernels that BUILD (build) has
# guests for, ext4 and xfs, under the virtual clock, with a profile. A boot for each,
# JOBS (1) at a time. QEMU is --qemu ${QEMU:-11} (./quickstart qemu).
set -eu

ios=8 # in each row

# In the guest: one run with a job ACCESS.STATE.MAPPERS for each row.
inside() {
  file=/mnt/pmem/surprise
  # Without its reverse map xfs does not know whose page it is.
  if grep -q ' /mnt/pmem xfs ' /proc/mounts; then
    umount /mnt/pmem
    mkfs.xfs -q -f -m reflink=0,rmapbt=1 /dev/pmem0
    mount -t xfs -o dax=always /dev/pmem0 /mnt/pmem
  fi
  dd if=/dev/urandom of=$file bs=64k count=1 2>/dev/null
  sync
  cp $file /tmp/backup
  mkdir -p results/latest
  # before STATE MAPPERS: processes that have the file mapped, then the poison.
  cat >/tmp/before <<END
rm -f /tmp/ready /tmp/stop
/add/mappers $file \$2 sh -c '
  : >/tmp/ready
  while [ ! -e /tmp/stop ]; do sleep 1; done' >>/tmp/mapped 2>&1 &
while [ ! -e /tmp/ready ]; do sleep 1; done
silent=--silent
[ \$1 = unknown ] || silent=
build/daxmend inject $file \$silent --count $ios --span 512 >/dev/null
END
  cat >/tmp/after <<END
n=\$(grep -c ^mappers /tmp/mapped)
: >/tmp/stop
while [ \$(grep -c ^mappers /tmp/mapped) = \$n ]; do sleep 1; done
END
  : >/tmp/mapped
  cat >/tmp/job <<END
[global]
stonewall
ioengine=external:build/fio-daxmend.so
filename=$file
size=64k
bs=4k
rw=read
recovery=write
backup=/tmp/backup
path_log=results/latest/run.json
exec_postrun=sh /tmp/after
END
  for access in syscall mmap; do
    for cell in known.0 unknown.0 unknown.1 unknown.8 unknown.64; do
      cat >>/tmp/job <<END
[$access.$cell]
access=$access
exec_prerun=sh /tmp/before ${cell%.*} ${cell#*.}
END
      echo "$access.$cell"
    done
  done >/tmp/cells
  fio /tmp/job >/tmp/out || {
    cat /tmp/out >&2
    exit 2
  }
  cmp $file /tmp/backup
  awk '{ print $2 }' /tmp/mapped | paste -d ' ' /tmp/cells - | sed 's/^/CELL /'
}

# one SCRATCH BUILD KERNEL FS: what a boot leaves.
one() {
  build=$2 kernel=$3 fs=$4 at=$1/$3.$4
  echo "surprise-costs.sh: $kernel, $fs" >&2
  "$build/daxmend" vm --machine-checks --clock virtual --profile --qemu "${QEMU:-11}" \
    --fs "$fs" --kernel "$kernel" --nvdimm-size 512M --timeout 6000 --out "$at" \
    --add "$0" --add "$(dirname "$0")/each_kernel.sh" --add "$build/tests/mappers" -- \
    sh "/add/${0##*/}" inside >"$1/$3.$4.said" 2>"$1/$3.$4.errors" </dev/null || {
    cat "$1/$3.$4.said" "$1/$3.$4.errors" >&2
    exit 1
  }
}

# Per I/O of path detect, by the first part whose functions are on the stack.
parts() {
  awk -v ios=$ios '
    {
      count = $NF
      sub(/ [0-9]+$/, "")
      split($0, at, ";")
      if (at[2] != "detect") next
      job = at[1]
      if (/;\[other threads\]/) part = "threads"
      else if (/;\[interrupts\]/) part = "interrupts"
      else if (/;(unmap_mapping|zap_|try_to_unmap)/) part = "unmap"
      else if (/;(collect_procs|kill_procs|force_sig|get_signal|arch_do_signal)/ ||
               /;[a-z_0-9]*sigreturn/) part = "signal"
      else if (/;(xfs_dax_notify|dax_holder_notify)/) part = "fs"
      else if (/;memory_failure/) part = "failure"
      else if (/;[a-z_]*machine_check/) part = "mce"
      else part = "access"
      sum[job, part] += count
      jobs[job] = 1
    }
    END {
      n = split("access mce failure fs unmap signal threads interrupts", name, " ")
      for (job in jobs) {
        row = job
        for (i = 1; i <= n; ++i) row = row sprintf(" %.0f", sum[job, name[i]] / ios)
        print row
      }
    }' "$1"
}

host() {
  build=${1:-build}
  cat <<'HEAD'
# What a recovery costs of poison that a load meets first

Made by `results/reference/surprise-costs.sh >results/reference/surprise-costs.md` in
`daxmend vm --machine-checks --clock virtual --profile`: guest instructions, 8 I/Os in
each row, 4 KiB reads of a file of 64 KiB on fsdax. "Known" poison is on the kernel's
list, "unknown" is met by the read (`inject --silent`), by `pread` (syscall) or by a
load of the engine's own (mmap), while "mapped by" other processes have every page of
the file mapped. The medians of the parts of a recovery are the engine's; where
`detect` goes is the profile's, per I/O on average: the access itself with the
engine's own work; the machine check's entry and grading; `memory_failure()`; asking
the file system whose page it is (xfs, made with `-m rmapbt=1`); unmapping; finding
processes and sending signals. Other threads and interrupts ran beside it, the
kernel's listing of the sector among them. "Killed" are mapping processes that a
signal ended.

HEAD
  each_kernel "$scratch" "$build"
  while read -r kernel; do
    for fs in ext4 xfs; do
      at=$scratch/$kernel.$fs
      parts "$at/profile.folded" >"$scratch/parts"
      "$build/daxmend" report --csv --no-html "$at" >"$scratch/csv"
      cat <<HEAD
## Linux $kernel, $fs

| access | poison | mapped by | detect | salvage | repair | recovery | killed |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
HEAD
      sed -n 's/^CELL //p' "$at.said" | while read -r job killed; do
        row=
        for path in detect salvage repair recovery; do
          row="$row $(median "$scratch/csv" "$job" $path) |"
        done
        echo "$job" | awk -F. -v row="$row" -v killed="$killed" \
          '{ print "| " $1 " | " $2 " | " $3 " |" row " " killed " |" }'
      done
      cat <<'HEAD'

| access | poison | mapped by | the access | machine check | memory_failure | file system | unmapping | signals | other threads | interrupts |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
HEAD
      sed -n 's/^CELL //p' "$at.said" | while read -r job killed; do
        awk -v job="$job" '$1 == job {
          split(job, at, ".")
          row = "| " at[1] " | " at[2] " | " at[3] " |"
          for (i = 2; i <= NF; ++i) row = row " " $i " |"
          print row
        }' "$scratch/parts"
      done
      echo
    done
  done <"$scratch/kernels"
}

# In the guest it lies beside this, too.
# shellcheck source=/dev/null
. "$(dirname "$0")/each_kernel.sh"
run_part "$@"
