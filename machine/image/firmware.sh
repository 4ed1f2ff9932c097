#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# firmware.sh IASL SOURCE.asl OUTPUT.aml
#
# Compiles a firmware table. Every iasl gives the same bytes: what differs
# between them, the compiler's own version in the header, is set to 1. The table
# gets the signature that SOURCE is named for (nfit.asl: NFIT), whatever it says
# itself: a data table that iasl knows is checked against rules that change from
# one iasl to the next, one with a signature it does not know is written as it
# stands. Offsets: ACPI 6.5, 5.2.6.
set -eu

iasl=$(command -v "$1") || {
  echo "firmware: $1 is not installed: install the package acpica-tools" >&2
  exit 1
}
name=$(basename "$2" .asl)
source=$(cd "$(dirname "$2")" && pwd)/$name.asl
mkdir -p "$(dirname "$3")"
cd "$(dirname "$3")"
output=$(basename "$3")

# 2173: the firmware reaches its table by regions that a method makes, which is
# the only way to address memory by a variable. 2098: a method calls itself,
# which is how it walks a tree.
table=${name}_new
"$iasl" -vs -vw 2173 -vw 2098 -p "$table" "$source" >"$table.log" 2>&1 || {
  cat "$table.log" >&2
  echo "firmware: $iasl cannot compile $source" >&2
  exit 1
}

# Writes the bytes of the printf format $2 at offset $1.
put() {
  # shellcheck disable=SC2059
  printf "$2" | dd of="$table.aml" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
put 0 "$(echo "$name" | tr '[:lower:]' '[:upper:]')"
put 32 '\001\000\000\000'
# What all bytes add up to must be zero; byte 9 sees to that.
put 9 '\000'
sum=$(od -An -v -tu1 "$table.aml" |
  awk '{ for (i = 1; i <= NF; i++) s += $i } END { print (256 - s % 256) % 256 }')
put 9 "\\$(printf %03o "$sum")"
rm "$table.log"
mv "$table.aml" "$output"
