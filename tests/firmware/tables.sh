#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tables.sh SCRATCH [--update]: compiles the emulated NVDIMM's firmware with
# iasl, and with every other one that IASLS names, and compares the tables with
# tables.sha256, so that every system boots the same firmware. --update writes
# that file instead, after a change that is meant.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
firmware=$here/../../machine
scratch=$1
rm -rf "$scratch"
mkdir -p "$scratch"
status=0
for iasl in iasl ${IASLS-}; do
  for table in nfit ssdt; do
    sh "$firmware/image/firmware.sh" "$iasl" "$firmware/$table.asl" \
      "$scratch/$table.aml"
  done
  version=$("$iasl" -v | sed -n 's/.*version //p')
  if [ "${2-}" = --update ]; then
    (cd "$scratch" && sha256sum nfit.aml ssdt.aml) >"$here/tables.sha256"
  elif (cd "$scratch" && sha256sum --check --quiet "$here/tables.sha256"); then
    echo "iasl $version: the tables of tests/firmware/tables.sha256"
  else
    echo "iasl $version compiles machine/*.asl to other tables than" \
      "tests/firmware/tables.sha256 lists: if the source changed on purpose," \
      "run tests/firmware/tables.sh $scratch --update and commit that file"
    status=1
  fi
done
exit $status
