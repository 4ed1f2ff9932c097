#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# inside.sh [loads] [reboot | ID,...]: in the guest, validates its firmware and
# leaves the tool's own exit status. With "loads" the driver is let load from poison.
# With "reboot" only what lasts; the journal waits in the first bytes of the device
# meanwhile, where validate does not write.
validate="daxmend validate --bus ndbus0 --namespace namespace0.0 --destructive"
if [ "$1" = loads ]; then
  validate="$validate --loads"
  shift
fi
case $1:$DAXMEND_BOOT in
  reboot:1)
    $validate --only CAP-01 --before-reboot || exit
    tar -c -f /dev/pmem0 -C / var/lib/daxmend/journal
    reboot -f
    sleep 60
    ;;
  reboot:2)
    tar -x -f /dev/pmem0 -C /
    set -- --after-reboot
    ;;
  ?*:1) set -- --only "$1" ;;
esac
$validate "$@" --json /out/validate.json
status=$?
echo $status >/out/status
exit $status
