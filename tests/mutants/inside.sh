#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: validates its firmware, and leaves the tool's own exit status.
# BOOTS of 2: of what was left before a reboot. The journal then survives it at
# the beginning of the namespace, which nothing else is written to.
boots=$1
validate() {
  daxmend validate --bus ndbus0 --namespace namespace0.0 --destructive \
    --journal /journal "$@"
}

if [ "$boots" = 1 ]; then
  validate --json /out/validate.json
elif [ "$DAXMEND_BOOT" = 1 ]; then
  validate --only WAY-10,WAY-11 --before-reboot || exit
  tar -c -f /dev/pmem0 -C / journal
  sync
  reboot -f
  sleep 60
else
  tar -x -f /dev/pmem0 -C /
  validate --after-reboot --json /out/validate.json
fi
status=$?
echo $status >/out/status
exit $status
