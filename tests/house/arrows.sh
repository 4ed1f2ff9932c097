#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# arrows.sh TOP: who may include whom. Every room of TOP includes itself and the
# rooms that the table below names, so that a new device, injector or report
# touches what is above it and nothing beside it. And what comes from outside is
# known in one place: libndctl in device/ndctl/, fio's headers in ioengine/. No folder has
# more than 20 sources.
set -euo pipefail
cd "$1"

# Room: what it may include.
rooms='
core:
copy: core
system: core
records: system core
device: copy system core
machine: system core
recovery: device copy system core
libcopy: copy
inject: device records system core
validate: inject device records system core
results: records system core
ioengine: recovery inject device copy records system core
cli: validate results machine recovery inject device records system core
packaging: cli ioengine core system
'

folders=$(sed -n 's/^\([a-z]*\):.*/\1/p' <<<"$rooms")
sources() { find "$@" -name '*.cc' -o -name '*.h' | sort; }

status=0
wrong() {
  printf '%s\n' "$1"
  status=1
}

seen=0
while IFS=: read -r room allowed; do
  [ "$room" ] || continue
  while IFS=: read -r file line include; do
    seen=$((seen + 1))
    to=${include#*\"}
    to=${to%%/*}
    case " $room $allowed " in
      *" $to "*) ;;
      *) wrong "$file:$line: $room/ may not include $to/ ($include)" ;;
    esac
  done < <(sources "$room" | xargs grep -nE '^#include "[a-z]+/' || true)
done <<<"$rooms"
[ "$seen" -gt 500 ] || wrong "only $seen includes were seen: is $1 the tree's top?"

# only PATTERN PLACE: nobody else includes it.
only() {
  local found
  # shellcheck disable=SC2086
  found=$(sources $folders | xargs grep -lE "^#include $1" | grep -v "^$2" || true)
  [ -z "$found" ] || wrong "$found: $1 belongs to $2"
}
only '<ndctl/lib' device/ndctl/
only '<?"?fio\.h' ioengine/

# shellcheck disable=SC2086
for folder in $(find $folders tests -name '*.cc' -printf '%h\n' | sort -u); do
  count=$(find "$folder" -maxdepth 1 -name '*.cc' | wc -l)
  [ "$count" -le 20 ] || wrong "$folder/ has $count sources, 20 at most"
done
[ $status != 0 ] || echo "$seen includes, none the wrong way"
exit $status
