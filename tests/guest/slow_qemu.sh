#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU whose processor runs 128 times slower by its own virtual clock, for --qemu
# and --clock virtual: what a guest's time limits look like on a very busy host.
[ "${1-}" != --version ] || exec qemu-system-x86_64 --version
exec qemu-system-x86_64 "${@/shift=0/shift=7}"
