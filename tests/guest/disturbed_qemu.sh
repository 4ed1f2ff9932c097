#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU whose main loop is woken up some thousand times a second, for
# --qemu: it looks at everything it could do, whatever the guest is at just then,
# and finds nothing. Under the virtual clock nobody in the guest may notice.
#
# The signal is one of those that QEMU's main loop reads from a descriptor
# (signalfd) and has no handler for.
[ "${1-}" != --version ] || exec qemu-system-x86_64 --version
qemu=$$
(
  exec 3<> <(:)
  # Until QEMU blocks SIGALRM (bit 13 of the mask) it would die of it.
  blocked=0
  until [ $((16#$blocked & 16#2000)) != 0 ]; do
    read -t 0.01 -u 3
    blocked=$(sed -n 's/^SigBlk:\s*//p' "/proc/$qemu/status") || exit
  done
  while kill -ALRM "$qemu"; do read -t 0.0002 -u 3; done
) </dev/null >/dev/null 2>&1 &
exec qemu-system-x86_64 "$@"
