#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh DIRECTORY PATCH...: compiles the emulated NVDIMM's firmware with each
# PATCH applied to it alone, into DIRECTORY/NAME/{nfit,ssdt}.aml for NAME.patch.
# Fails when a patch no longer applies exactly, or does not compile.
#
# The text before a patch's first "---" says what is wrong; of its lines,
# "Bytes: OFFSET BYTE..." (BYTE in hexadecimal) are written into the compiled
# nfit.aml, for what iasl would not let pass.
set -euo pipefail
firmware=$(cd "$(dirname "$0")/../../inject/nvdimm" && pwd)
directory=$1
shift

set_bytes() {
  local file=$1 offset=$2 byte sum
  shift 2
  for byte in "$@"; do
    printf "\\x$byte" |
      dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
    offset=$((offset + 1))
  done
  # What all bytes add up to must be zero; byte 9 sees to that.
  sum=$(od -An -v -tu1 "$file" | awk '{for (i = 1; i <= NF; i++) s += $i}
    END {print s % 256}')
  byte=$(od -An -tu1 -j9 -N1 "$file")
  printf "\\x$(printf %x $(((byte - sum + 256) % 256)))" |
    dd of="$file" bs=1 seek=9 conv=notrunc status=none
}

for patch in "$@"; do
  name=$(basename "$patch" .patch)
  made=$directory/$name
  rm -rf "$made"
  mkdir -p "$made"
  cp "$firmware/nfit.asl" "$firmware/ssdt.asl" "$made"
  patch --directory="$made" --strip=1 --fuzz=0 --no-backup-if-mismatch --silent \
    <"$patch" || {
    echo "$name no longer applies to the firmware: make it again" >&2
    exit 1
  }
  for table in nfit ssdt; do
    # The warnings that cmake/GuestImage.cmake says why they are turned off.
    iasl -vs -vw 2173 -vw 2098 -p "$made/$table" "$made/$table.asl" \
      >"$made/$table.log" 2>&1 || {
      echo "$name does not compile:" >&2
      cat "$made/$table.log" >&2
      exit 1
    }
  done
  sed -n '/^---/q; s/^Bytes: //p' "$patch" | while read -r offset bytes; do
    # shellcheck disable=SC2086
    set_bytes "$made/nfit.aml" "$offset" $bytes
  done
done
