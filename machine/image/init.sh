#!/usr/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's first process: makes a namespace of the emulated NVDIMM, usually an
# fsdax file system, runs COMMAND on it and hands /out and the exit status to the host.
#
#   /daxmend/parameters   from daxmend vm: nvdimm= filesystem= mode= boots=
#                         counter= count= (of NVDIMMs, when there is more than one);
#                         of CXL devices ways= serial= (of the first) memory=
#                         (pmem or ram)
#                         input= (COMMAND's stdin, where it has one), and of a
#                         terminal rows= columns= terminal= (its kind);
#                         profile= (where the engine leaves symbols), when one
#                         is made; checks= when loads from poison are to raise
#                         machine checks
#   /daxmend/command      a shell script that becomes COMMAND
#   /daxmend/input        COMMAND's stdin, when it is given as a whole
#   /daxmend/complete     comes last
#   /daxmend/modules      kernel modules in the order to load them; a line is
#                         WHEN FILE, with WHEN always, e820, virtio, cxl,
#                         cxl_ram, devdax, ext4, xfs or disk
#   ttyS0 console, ttyS1 COMMAND's stdout, ttyS2 its stderr; ttyS3 and /dev/vdb
#                         its stdin, when that comes while it runs; of
#                         a shell, ttyS1 is its terminal, and its size comes
#                         over ttyS3
#   /dev/vda              receives a tar: out/..., then status (see machine.h)

export PATH=/root/daxmend/build:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
export LANG=C LC_ALL=C TERM=dumb

say() {
  read -r seconds idle </proc/uptime
  echo "daxmend-init: [$seconds] $*"
}

# Leaves no status behind, which tells the host that COMMAND did not run. The
# last such line is the one it shows.
give_up() {
  say "failed: $*"
  sync
  poweroff -f
  sleep 60
}

# A kernel of somebody's own may have everything built in.
load() {
  [ -e /daxmend/modules ] || return 0
  while read -r when file; do
    [ "$when" = "$1" ] || continue
    name=${file%.ko}
    # shellcheck disable=SC3060  # busybox has it
    [ ! -e "/sys/module/${name//-/_}" ] || continue
    insmod "/lib/modules/$(uname -r)/$file" || give_up "insmod $file"
  done </daxmend/modules
}

wait_for() {
  tries=0
  until [ -e "$1" ]; do
    tries=$((tries + 1))
    [ $tries -lt 2400 ] || give_up "$1 did not appear within two minutes"
    sleep 0.05
  done
}

# The kernel scrubs what it finds at boot for a second or two, and the firmware's
# answer, some 3 million instructions, would fall into what COMMAND measures.
wait_for_scrub() {
  tries=0
  while grep -qs + /sys/bus/nd/devices/ndbus*/nfit/scrub; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || break  # firmware need not end it
    sleep 0.05
  done
}

# The boot number is kept in reserved memory beside the firmware's error table,
# where a reboot leaves it alone.
count_boot() {
  boot=$(($(devmem "$counter" 32) + 1))
  devmem "$counter" 32 $boot
  [ $boot -le "$boots" ] ||
    give_up "boot $boot of at most $boots: COMMAND or a panic rebooted" \
      "the guest (see --boots)"
  export DAXMEND_BOOT=$boot
}

# The CXL device with serial number $1 and a driver, which takes a while. Devices
# are named in the order in which they are found, which is not always the same.
find_memdev() {
  tries=0
  until
    memdev=$(grep -lx "$1" /sys/bus/cxl/devices/mem*/serial 2>/dev/null) &&
      memdev=$(basename "$(dirname "$memdev")") &&
      grep -qs . /sys/bus/cxl/devices/endpoint*/uport/serial &&
      grep -qlx "$1" /sys/bus/cxl/devices/endpoint*/uport/serial
  do
    tries=$((tries + 1))
    [ $tries -lt 1200 ] || give_up "no driver took the CXL device $1"
    sleep 0.05
  done
}

# A region over all CXL devices, in the order of their ports. The uuid of a
# persistent one is in their labels, where the next boot looks for the namespace;
# one of volatile memory becomes system RAM.
make_region() {
  # Where the kernel lists the poison of CXL devices.
  mount -t tracefs tracefs /sys/kernel/tracing || give_up "mount tracefs"
  cd /sys/bus/cxl/devices || give_up "this kernel has no CXL"
  # shellcheck disable=SC2154  # of /daxmend/parameters
  for way in $(seq 0 $((ways - 1))); do
    find_memdev "$(printf 0x%x $((serial + way)))"
  done
  # As cxl create-region does, whose versions do not all take a uuid.
  # shellcheck disable=SC2154  # of /daxmend/parameters
  [ "$(cat "decoder0.0/create_${memory}_region")" = region0 ] &&
    put region0 "decoder0.0/create_${memory}_region" &&
    { [ "$memory" = ram ] ||
      put da000000-0000-4000-8000-000000000001 region0/uuid; } &&
    put 256 region0/interleave_granularity &&
    put "$ways" region0/interleave_ways || give_up "a CXL region cannot be made"
  total=0 decoders=
  for way in $(seq 0 $((ways - 1))); do
    number=$(printf 0x%x $((serial + way)))
    for port in endpoint*; do
      [ "$(cat "$port/uport/serial")" != "$number" ] || break
    done
    decoder=decoder${port#endpoint}.0
    bytes=$(cat "$port/uport/$memory/size")
    total=$((total + bytes))
    put "$memory" "$decoder/mode" && put "$bytes" "$decoder/dpa_size" ||
      give_up "the CXL device $number gives no memory"
    decoders="$decoders $decoder"
  done
  put "$total" region0/size || give_up "the CXL window has no room"
  way=0
  for decoder in $decoders; do
    put "$decoder" "region0/target$way" ||
      give_up "$decoder does not go into the CXL region"
    way=$((way + 1))
  done
  put 1 region0/commit && put region0 /sys/bus/cxl/drivers/cxl_region/bind ||
    give_up "the CXL region does not commit"
  cd /
  [ "$memory" = pmem ] || return 0
  wait_for /sys/bus/nd/devices/region0
}

# Writes $1 into the file $2 of sysfs.
put() { echo "$1" >"$2"; }

# The node of a namespace in mode $mode.
node() {
  # shellcheck disable=SC2154  # of /daxmend/parameters
  case $mode in
    devdax) echo /dev/dax0.0 ;;
    sector) echo /dev/pmem0s ;;
    *) echo /dev/pmem0 ;;
  esac
}

make_namespace() {
  case $nvdimm in
    cxl) set -- -r region0 ;;
    *) set -- -e namespace0.0 ;;
  esac
  case $mode in
    fsdax | devdax) set -- "$@" -M mem ;;
  esac
  ndctl create-namespace -f "$@" -m "$mode" >/dev/null ||
    give_up "ndctl create-namespace"
}

make_filesystem() {
  case $filesystem in
    ext4) mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 "$(node)" ;;
    xfs) mkfs.xfs -q -f -m reflink=0 "$(node)" ;;
  esac || give_up "mkfs.$filesystem $(node)"
}

# Only fsdax has DAX.
mount_filesystem() {
  options=dax=always
  [ "$mode" = fsdax ] || options=defaults
  mount -t "$filesystem" -o $options "$(node)" /mnt/pmem ||
    give_up "mount -o $options $(node) ($filesystem)"
}

# COMMAND's stdin that comes while it runs: the host puts a part of it on
# /dev/vdb, sends how many bytes and pages that are, and puts the next one there
# when it is asked for (see input_stream.h). The driver is loaded when there is
# something, so that nothing differs for those who give COMMAND nothing.
pass_on_input() {
  exec 3<>/dev/ttyS3
  stty raw -echo <&3
  echo next >&3
  while read -r bytes pages <&3 && [ "$bytes" -gt 0 ]; do
    [ -e /dev/vdb ] || { load disk && wait_for /dev/vdb; } >/dev/console
    dd if=/dev/vdb bs=$((4096 * pages)) count=1 iflag=direct,fullblock \
      2>/dev/null | head -c "$bytes" || break
    echo next >&3
  done
}

# COMMAND sees pipes, as it would under a shell on the host; the terminals
# behind them are raw, so that its bytes arrive as they are.
run_command() {
  stty -F /dev/ttyS1 raw -echo
  stty -F /dev/ttyS2 raw -echo
  mkfifo /run/stdout /run/stderr
  cat </run/stdout >/dev/ttyS1 &
  output=$!
  cat </run/stderr >/dev/ttyS2 &
  errors=$!
  if [ "$input" = /run/input ]; then
    mkfifo /run/input
    pass_on_input >/run/input &
  fi
  cd /root/daxmend || give_up "cd /root/daxmend"
  # ext4 chooses where a file goes by the number of the process that writes it:
  # COMMAND has the same one, whatever ran before it on this kernel and machine.
  echo 1158 >/proc/sys/kernel/ns_last_pid || :
  setsid sh /daxmend/command <"${input:-/dev/null}" >/run/stdout 2>/run/stderr
  echo $? >/status
  cd /
  kill_others
  wait $output $errors
}

# COMMAND is a shell on a terminal, whose size the host sends when it changes.
run_shell() {
  stty -F /dev/ttyS1 sane 115200 rows "$rows" cols "$columns"
  follow_size &
  cd /root/daxmend || give_up "cd /root/daxmend"
  TERM=$terminal PS1='guest:\w# ' setsid -c sh /daxmend/command \
    </dev/ttyS1 >/dev/ttyS1 2>&1
  echo $? >/status
  cd /
  kill_others
  # Waits for what was said, and leaves nothing for another shell.
  stty -F /dev/ttyS1 sane
}

follow_size() {
  exec 3<>/dev/ttyS3
  stty raw -echo <&3
  echo next >&3
  while read -r rows columns <&3; do
    stty -F /dev/ttyS1 rows "$rows" cols "$columns"
  done
}

# A process that COMMAND left behind would hold its output open. Kernel threads
# have no program.
kill_others() {
  for process in /proc/[0-9]*; do
    pid=${process#/proc/}
    case $pid in
      1 | "$output" | "$errors") ;;
      *) [ ! -e "$process/exe" ] || kill -KILL "$pid" ;;
    esac
  done
}

# The disk's driver comes last: asynchronous disk I/O would make the virtual
# clock depend on the host.
hand_over() {
  load disk
  wait_for /dev/vda
  tar -c -f /dev/vda -C / out status ||
    give_up "/out does not fit on the disk for the host"
  sync
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
mount -t tmpfs tmpfs /tmp
# Where jobs/anywhere.fio has its file.
mkdir /dev/shm
mount -t tmpfs tmpfs /dev/shm
ln -s /proc/self/fd /dev/fd
exec </dev/null >/dev/console 2>&1
. /daxmend/parameters
[ -e /daxmend/complete ] ||
  give_up "the guest's memory is too small for what --add and standard input" \
    "bring: give less, or move the NVDIMM up with --nvdimm-base"
say "kernel $(uname -r) is up"
count_boot
load always
load "$nvdimm"
if [ "$nvdimm" = cxl ]; then
  if [ "$memory" = ram ]; then
    # Where nothing that cannot move is put, so that most of it stays free.
    put online_movable /sys/devices/system/memory/auto_online_blocks
    load cxl_ram
  fi
  make_region
  say "the CXL region is there"
  if [ "$memory" = ram ]; then
    wait_for /sys/bus/dax/devices/dax0.0/driver
    say "it is system RAM"
  fi
elif [ "$boot" = 1 ]; then
  wait_for /dev/pmem0
  say "the NVDIMM is there"
fi
if [ -n "$count" ]; then
  for number in $(seq $((count - 1))); do wait_for "/dev/pmem$number"; done
  say "all $count NVDIMMs are there"
fi
[ "$filesystem" = none ] || load "$filesystem"
[ "$mode" != devdax ] || load devdax
if [ "$mode" != none ]; then
  # An NVDIMM is raw as it is.
  case $boot-$nvdimm-$mode in
    1-nfit-raw | 1-e820-raw | 1-virtio-raw) ;;
    1-*)
      make_namespace
      say "the namespace is $mode"
      ;;
  esac
  # Of a later boot it comes when the labels are read.
  wait_for "$(node)"
fi
if [ "$filesystem" != none ]; then
  if [ "$boot" = 1 ]; then
    make_filesystem
    say "$filesystem is made"
  fi
  mount_filesystem
fi
wait_for_scrub
# shellcheck disable=SC2154  # of /daxmend/parameters
if [ -n "$profile" ]; then
  mkdir -p "$profile"
  export DAXMEND_PROFILE="$profile"
fi
say "COMMAND starts (boot $boot)"
# shellcheck disable=SC2154  # of /daxmend/parameters
[ -z "$checks" ] || daxmend vm --announce begin
case $input in
  /dev/ttyS1) run_shell ;;
  *) run_command ;;
esac
[ -z "$checks" ] || daxmend vm --announce end
say "COMMAND has ended with $(cat /status)"
hand_over
say "done"
poweroff -f
sleep 60
