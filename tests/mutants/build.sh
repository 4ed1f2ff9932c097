#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh DIRECTORY PATCH...: compiles the emulated NVDIMM's firmware with each
# PATCH applied to it alone, into DIRECTORY/NAME/{nfit,ssdt}.aml for NAME.patch.
# Fails when a patch no longer applies exactly, or does not compile. The text
# before a patch's first "---" says what is wrong.
set -euo pipefail
firmware=$(cd "$(dirname "$0")/../../machine" && pwd)
directory=$1
shift

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
    "$firmware/image/firmware.sh" "${IASL:-iasl}" "$made/$table.asl" \
      "$made/$table.aml" || {
      echo "$name does not compile" >&2
      exit 1
    }
  done
done
