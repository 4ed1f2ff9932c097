#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# without_aslr.sh PROGRAM [ARGUMENT]...: ThreadSanitizer of g++ 12 and clang 14
# gives up ("unexpected memory mapping") where the kernel randomizes more than 28
# bits (vm.mmap_rnd_bits), so that its programs run without, where that is allowed.
if setarch -R true 2>/dev/null; then
  exec setarch -R "$@"
fi
exec "$@"
