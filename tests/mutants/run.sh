#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs `daxmend validate` on wrong firmware and on the right one, and prints which
# check caught which fault, as Markdown.
set -euo pipefail

usage() {
  cat <<'END'
usage: run.sh [--jobs N] [--meant] [--out DIR] [--print] DAXMEND [MUTANT...]

Boots the emulated NVDIMM for each MUTANT (tests/mutants/MUTANT.patch; all of
them when none is named), N at a time, and for the right firmware, which is asked
everything in two boots. With --meant all are asked only what is meant for one of
the mutants. What validate said stays in DIR/MUTANT; --print prints that again.
Exit status: 0 the right firmware passes, says the same twice, and every mutant
was caught by the check meant for it; 1 something is not so.
END
}

here=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc)
out="" made="" print="" meant=""
while [ $# -gt 0 ]; do
  case $1 in
    --jobs) jobs=$2 && shift 2 ;;
    --meant) meant=1 && shift ;;
    --print) print=1 && shift ;;
    --out) out=$2 && shift 2 ;;
    -h | --help) usage && exit ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { usage >&2 && exit 2; }
daxmend=$(realpath "$1")
shift
[ "$out" ] || made=$(mktemp -d) out=$made
trap '[ -z "$made" ] || rm -rf "$made"' EXIT
if [ $# = 0 ]; then
  for patch in "$here"/*.patch; do set -- "$@" "$(basename "$patch" .patch)"; done
fi
patches=()
for name in "$@"; do patches+=("$here/$name.patch"); done
mkdir -p "$out"
[ "$print" ] || "$here/build.sh" "$out" "${patches[@]}"

# What a patch says about itself.
says() {
  sed -n "/^---/q; s/^$2: //p" "$here/$1.patch"
}
fault() {
  sed -n "2,/^Caught by: /{/^Caught by: /d;/^\$/d;p}" "$here/$1.patch" |
    paste -s -d ' '
}

# What all mutants are caught by, where the whole of validate takes too long.
only=
[ ! "$meant" ] ||
  only=$(for name in "$@"; do says "$name" "Caught by"; done | sort -u |
    paste -s -d ,)

# The clock is virtual: what validate waits for costs nothing, and two runs see
# the same.
boot() {
  local name=$1 asked='' boots=1 loads='' firmware=()
  case $name in
    right | right-again) asked=$only ;;
    right-with-loads) loads=1 asked=$loads_only ;;
    right-after-a-reboot) asked=reboot ;;
    *)
      asked=$(says "$name" Asked)
      asked=${asked:+reboot}
      asked=${asked:-$only}
      loads=$(says "$name" Needs)
      firmware=(--nfit "$out/$name/nfit.aml" --ssdt "$out/$name/ssdt.aml")
      ;;
  esac
  [ "$asked" != reboot ] || boots=2
  mkdir -p "$out/$name"
  rm -rf "$out/$name/out"
  "$daxmend" vm </dev/null --clock virtual --fs none --error-ranges 64 --boots "$boots" \
    ${loads:+--machine-checks} "${firmware[@]}" --add "$here/inside.sh" \
    --out "$out/$name/out" -- \
    sh /add/inside.sh ${loads:+loads} ${asked:+"$asked"} >"$out/$name/log" 2>&1 ||
    true
  echo "$name" >&2
}
export -f boot says
# What only a load can ask, of the right firmware; the rest is asked without.
loads_only=$("$daxmend" validate --list | grep -o 'LOAD-[0-9]*' | paste -s -d ,)
export daxmend out here only loads_only
right=(right)
for name in "$@"; do
  [ -z "$(says "$name" Asked)" ] || right+=(right-after-a-reboot)
  [ -z "$(says "$name" Needs)" ] || right+=(right-with-loads)
done
# shellcheck disable=SC2207  # words
right=($(printf '%s\n' "${right[@]}" | sort -u))
[ "$print" ] ||
  printf '%s\n' "${right[@]}" right-again "$@" |
  xargs -P "$jobs" -I{} bash -c 'boot {}'

# "ID VERDICT" lines.
verdicts() {
  [ ! -e "$1/out/validate.json" ] ||
    sed -n 's/^ *"id": "\(.*\)",$/\1/p; s/^ *"verdict": "\(.*\)",$/\1/p' \
      "$1/out/validate.json" | paste -d ' ' - -
}
with() {
  verdicts "$out/$1" | sed -n "s/ $2\$//p" | paste -s -d ' '
}

environment() {
  sed -n "s/^ *\"$1\": \"\(.*\)\",\?$/\1/p" "$out/right/out/validate.json" |
    head -n 1
}
how=
[ ! "$only" ] ||
  how=" (only the checks that are meant for one of them)"
cat <<END
# Which check catches which fault

Made by \`tests/mutants/run.sh build/daxmend\`: the emulated NVDIMM is booted with
each of the wrong firmwares in tests/mutants, and \`daxmend validate --destructive\`
run on it$how. Clock: $(environment clock), Linux $(environment kernel), QEMU
$(environment qemu), one boot each; faults that show after a reboot have two, and are
asked for by \`--before-reboot\` and \`--after-reboot\`.

END
bad=0
for name in "${right[@]}"; do
  status=$(cat "$out/$name/out/status" 2>/dev/null || echo none)
  when=${name#right}
  echo "The right firmware${when//-/ }: $(with "$name" PASS | wc -w) checks pass," \
    "$(with "$name" FAIL | wc -w) fail, $(with "$name" WARN | wc -w) warn," \
    "$(with "$name" SKIP | wc -w) are skipped; exit status $status."
  [ "$status" = 0 ] && [ -n "$(with "$name" PASS)" ] &&
    [ -z "$(with "$name" FAIL)$(with "$name" WARN)" ] || bad=1
done
if cmp -s "$out/right/out/validate.json" "$out/right-again/out/validate.json"; then
  echo "Booted and asked again, it gives the same JSON, byte for byte."
else
  echo "Booted and asked again, it does not give the same JSON."
  bad=1
fi
echo
echo "| mutant | what is wrong | meant for it | caught by it | other checks that do not pass |"
echo "| --- | --- | --- | --- | --- |"
caught=0
for name in "$@"; do
  meant=$(says "$name" "Caught by")
  failed="$(with "$name" FAIL) $(with "$name" WARN)"
  answer=no
  case " $failed " in *" $meant "*) answer=yes ;; esac
  status=$(cat "$out/$name/out/status" 2>/dev/null || echo none)
  case $status in 0 | 1) ;; *) answer="no: exit status $status" ;; esac
  if [ "$answer" = yes ]; then caught=$((caught + 1)); else bad=1; fi
  others=() more=""
  for id in $failed; do [ "$id" = "$meant" ] || others+=("$id"); done
  [ ${#others[@]} -le 6 ] || more=" and $((${#others[@]} - 6)) more"
  echo "| $name | $(fault "$name") | $meant | $answer | ${others[*]:0:6}$more |"
done
echo
echo "$caught of $# mutants are caught by the check meant for them."
exit $bad
