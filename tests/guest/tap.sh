# SPDX-License-Identifier: GPL-2.0-only
#
# Checks inside the guest (busybox sh): one "ok" or "not ok" line each, and the
# number of failures as the exit status.
#
#   check "reads fail" [ "$status" -ne 0 ]
#   finish

tap_count=0
tap_failed=0

# check WHAT COMMAND...: COMMAND must succeed.
check() {
  tap_what=$1
  shift
  tap_count=$((tap_count + 1))
  if "$@" >/tmp/tap.out 2>&1; then
    echo "ok $tap_count - $tap_what"
  else
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $tap_what"
    echo "# $*"
    head -n 5 /tmp/tap.out | sed 's/^/# /'
  fi
}

# refuses WHAT PATTERN COMMAND...: COMMAND must exit with 2 after one line on
# stderr that matches PATTERN, and leave nothing injected.
refuses() {
  tap_what=$1
  tap_pattern=$2
  shift 2
  "$@" >/tmp/refuses.out 2>/tmp/refuses.err
  tap_status=$?
  tap_why=
  [ "$tap_status" = 2 ] || tap_why="exit status $tap_status, not 2"
  [ "$(wc -l </tmp/refuses.err)" = 1 ] ||
    tap_why="$tap_why; $(wc -l </tmp/refuses.err) lines on stderr"
  grep -qE -e "$tap_pattern" /tmp/refuses.err ||
    tap_why="$tap_why; nothing matches '$tap_pattern'"
  if [ -n "$(bad_sectors)" ] && [ -z "$tap_poison_expected" ]; then
    tap_why="$tap_why; something is injected"
  fi
  tap_count=$((tap_count + 1))
  if [ -z "$tap_why" ]; then
    echo "ok $tap_count - refuses $tap_what"
  else
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - refuses $tap_what"
    echo "# $*: $tap_why"
    head -n 5 /tmp/refuses.err | sed 's/^/# /'
  fi
}

# fio_clat FILE JOB KEY: a job's least ("min") or mean ("mean") completion latency
# in ns, out of fio's JSON. (Under the virtual clock half of them and more are alike,
# and the least is that of an I/O which no interrupt fell into.)
fio_clat() {
  awk -v wanted="$2" -v key="\"$3\"" '
    /"jobname" :/ { split($0, part, "\""); job = part[4] }
    /"clat_ns" : \{/ { completion = 1 }
    completion && $1 == key {
      completion = 0
      if (job == wanted && $3 + 0 > 0) print $3 + 0
    }' "$1"
}

# The kernel's list, "FIRST LENGTH" lines; sysfs files are never empty by size. Of
# device-dax it is its region's.
bad_sectors() {
  cat /sys/block/pmem0/badblocks 2>/dev/null ||
    cat /sys/bus/nd/devices/region0/badblocks 2>/dev/null
}

# The CXL device of serial number $serial ("mem0"), and until it is there: its driver
# needs a moment.
memdev() {
  basename "$(dirname "$(grep -lx "$serial" /sys/bus/cxl/devices/mem*/serial)")"
}
wait_for_memdev() {
  tap_tries=0
  until grep -qlx "$serial" /sys/bus/cxl/devices/mem*/serial 2>/dev/null; do
    tap_tries=$((tap_tries + 1))
    [ $tap_tries -lt 200 ] || return 1
    sleep 0.05
  done
}

# poison SECTOR [LENGTH]: by the kernel's own list.
poison() { echo "$1 ${2:-1}" >/sys/block/pmem0/badblocks; }

# The first sector of FILE, on its device.
first_sector() {
  xfs_io -r -c fiemap "$1" | sed -n '2s/.*: \([0-9]*\)\.\..*/\1/p'
}

# lists WHAT PATTERN TARGET...: daxmend list says so, and has looked everywhere.
lists() {
  tap_listed=$1
  tap_pattern=$2
  shift 2
  daxmend list "$@" >/tmp/lists.out 2>&1
  tap_status=$?
  check "$tap_listed" grep -qE -e "$tap_pattern" /tmp/lists.out
  check "$tap_listed: exit status 0" [ $tap_status = 0 ]
  grep -qE -e "$tap_pattern" /tmp/lists.out || sed 's/^/# /' /tmp/lists.out
}

# sum KEY: of all jobs in /tmp/run.json.
sum() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" /tmp/run.json |
  awk '{ n += $1 } END { print n + 0 }'; }

finish() {
  echo "1..$tap_count"
  [ "$tap_failed" = 0 ] || echo "# $tap_failed of $tap_count failed"
  exit $((tap_failed > 0))
}
