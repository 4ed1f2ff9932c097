#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Standard input of daxmend vm, which with_input.sh gives it, is COMMAND's.
. /add/tap.sh

md5sum >/tmp/input.md5
check "every byte of standard input arrives, and its end" \
  cmp /tmp/input.md5 /add/input.md5
check "after its end there is nothing" [ "$(wc -c)" = 0 ]
finish
