#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# schemas.sh SOURCE-TREE
#
# The schema numbers in CHANGELOG.md are those of the code.
set -eu
cd "$1"
status=0
git grep -nE 'constexpr [a-z0-9_]+ k[A-Za-z]*Schema = [0-9]+;|\{"schema", [0-9]+\}' \
  -- '*.h' '*.cc' ':!tests' |
  sed -E 's/^([^:]*):[0-9]+:.*[^0-9]([0-9]+)[;}].*/\1 \2/' >"${TMPDIR:-/tmp}/schemas.$$"
trap 'rm -f "${TMPDIR:-/tmp}/schemas.$$"' EXIT
while read -r file number; do
  grep -qF "| $number | \`$file\` |" CHANGELOG.md || {
    echo "CHANGELOG.md does not say that $file has schema $number"
    status=1
  }
done <"${TMPDIR:-/tmp}/schemas.$$"
[ -s "${TMPDIR:-/tmp}/schemas.$$" ] || { echo "no schema was found"; status=1; }
exit $status
