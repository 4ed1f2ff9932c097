#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# machine_checks_price.sh DAXMEND SCRATCH: what --machine-checks costs I/O that meets
# no poison, with the QEMU that ./quickstart qemu has fetched.
#
# In instructions it costs none: under the virtual clock the least and the median of
# each job are the same with them and without, on the same processor. Without machine
# checks the kernel's copies are by words otherwise, which are fewer instructions; QEMU
# is started through a wrapper that leaves them as they are with machine checks. Times
# of access are off, for who reads in the second of the last write looks longer at them.
#
# In time: processor time of the whole boot with I/Os less that of one without,
# printed, with both clocks, and not judged.
set -euo pipefail
daxmend=$1 scratch=$2
qemu=$(find "$(realpath "$(dirname "$daxmend")")/qemu" -maxdepth 2 -name qemu-system-x86_64 | head -n 1)
[ -n "$qemu" ] || { echo "there is no QEMU 11: run ./quickstart qemu"; exit 1; }
rm -rf "$scratch"
mkdir -p "$scratch"
# Latencies of up to 4,096 I/Os are kept as they are.
few=4000 many=50000
clean_job() { # IOS
  cat <<END
[global]
directory=/mnt/pmem
filename=clean.dat
size=8m
bs=4k
stonewall
iomem_align=4k
ioengine=external:build/fio-daxmend.so
path_log=results/latest/run.json
recovery=auto
[layout]
rw=write
[global]
number_ios=$1
io_size=1g
norandommap
[read]
rw=randread
[write]
rw=randwrite
[load]
access=mmap
rw=randread
[store]
access=mmap
rw=randwrite
END
}
clean_job $few >"$scratch/few.fio"
clean_job $many >"$scratch/many.fio"
cat >"$scratch/qemu" <<END
#!/usr/bin/env bash
[ "\${1-}" != --version ] || exec "$qemu" --version
exec "$qemu" "\${@/,-erms,-fsrm/}"
END
chmod +x "$scratch/qemu"

# boot NAME CLOCK OPTIONS COMMAND...: prints the processor time, in seconds.
boot() {
  local name=$1 clock=$2 options=$3
  shift 3
  # shellcheck disable=SC2086  # words
  { TIMEFORMAT=%U && time "$daxmend" vm </dev/null --qemu "$scratch/qemu" \
    --clock "$clock" --cpu max,vendor=GenuineIntel $options --timeout 6000 \
    --add "$scratch/few.fio" --add "$scratch/many.fio" --out "$scratch/$name" -- \
    sh -c "mount -o remount,noatime /mnt/pmem && $*" \
    >"$scratch/$name.log" 2>&1; } 2>&1 || {
    cat "$scratch/$name.log"
    return 1
  }
}
# JOB LEAST MEDIAN of the fast path of each job.
least_and_median() {
  "$daxmend" report --csv --no-html "$1" | tr -d '\r' |
    awk -F, '$5 == "fast" { print $1, $8, $9 }'
}

for clock in virtual wall; do
  plain_boot=$(boot "$clock-plain-few" $clock "" daxmend run /add/few.fio)
  plain=$(boot "$clock-plain" $clock "" daxmend run /add/many.fio)
  checks_boot=$(boot "$clock-checks-few" $clock --machine-checks daxmend run /add/few.fio)
  checks=$(boot "$clock-checks" $clock --machine-checks daxmend run /add/many.fio)
  awk -v clock=$clock -v ios=$((4 * (many - few))) -v a="$plain" -v b="$plain_boot" \
    -v c="$checks" -v d="$checks_boot" 'BEGIN {
      printf "%s clock: %d I/Os take %.1f s of the processor, with machine checks %.1f s: %.2f times\n",
        clock, ios, a - b, c - d, (c - d) / (a - b)
      printf "%s clock: a boot and the others take %.1f s, with machine checks %.1f s\n", clock, b, d
    }'
done
least_and_median "$scratch/virtual-plain-few" >"$scratch/plain"
least_and_median "$scratch/virtual-checks-few" >"$scratch/checks"
cat "$scratch/plain"
diff "$scratch/plain" "$scratch/checks" ||
  { echo "machine checks change what I/O without poison costs"; exit 1; }
echo "the same instructions with machine checks and without"
