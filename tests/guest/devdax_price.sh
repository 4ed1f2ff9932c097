#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what an I/O on clean device-dax costs, in guest
# instructions, by this engine and by fio's own dev-dax. And jobs/devdax.fio.
. /add/tap.sh

cat >/tmp/price.fio <<'END'
[global]
filename=/dev/dax0.0
size=16m
stonewall
iomem_align=4k
# The first touch is a page fault, which neither counts.
ramp_time=2ms
END
for block in 512 4k 64k; do
  io_size=16m
  [ $block != 64k ] || io_size=64m
  [ $block != 512 ] || io_size=2m
  for rw in read write; do
    for engine in dev-dax external:build/fio-daxmend.so; do
      cat >>/tmp/price.fio <<END
[$rw-$block-$(basename $engine)]
ioengine=$engine
rw=rand$rw
bs=$block
io_size=$io_size
END
      [ $engine = dev-dax ] || printf 'access=mmap\nrecovery=auto\n' >>/tmp/price.fio
    done
  done
done
fio --output-format=json --output=/tmp/price.json /tmp/price.fio >/dev/null 2>/tmp/price.err
check "both engines run" [ $? = 0 ]
for block in 512 4k 64k; do
  for rw in read write; do
    theirs=$(fio_clat /tmp/price.json $rw-$block-dev-dax min)
    ours=$(fio_clat /tmp/price.json $rw-$block-fio-daxmend.so min)
    echo "# $rw $block: $ours instructions, dev-dax $theirs: $(echo "$ours $theirs" |
      awk '{ printf "%.3f", $1 / $2 }')"
    # Two readings of the clock and a histogram show in 512 bytes that are read, as
    # beside fio's mmap (results/reference/what-recovery-costs.md).
    [ $rw-$block != read-512 ] || theirs=$((theirs + 60))
    check "$rw of $block costs no more than fio's dev-dax" [ "$ours" -le "$theirs" ]
  done
done

daxmend run jobs/devdax.fio >/tmp/devdax.out 2>&1
check "daxmend run jobs/devdax.fio exits 0" [ $? = 0 ]
grep -E '^daxmend|err=|verify' /tmp/devdax.out | grep -v 'err= 0' | head | sed 's/^/# /'
daxmend report --no-html results/latest >/tmp/report.out 2>&1
sed 's/^/# /' /tmp/report.out
check "128 poisoned pages are recovered, and nothing is lost" \
  grep -q '^CLEAN' /tmp/report.out
check "nothing is left on the region's list" [ \
  -z "$(cat /sys/bus/nd/devices/region0/badblocks)" ]
check "nor in the journal" [ -z "$(ls /var/lib/daxmend/journal)" ]
finish
