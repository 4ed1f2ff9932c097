#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs `daxmend validate` on wrong firmware and on the right one, and prints which
# check caught which fault, as Markdown.
set -euo pipefail

usage() {
  cat <<'END'
usage: run.sh [--jobs N] [--out DIR] [--print] DAXMEND [MUTANT...]

Boots the emulated NVDIMM once for each MUTANT (tests/mutants/MUTANT.patch; all
of them when none is named), N at a time, and once with the right firmware.
What validate said stays in DIR/MUTANT; --print prints that again. Exit status: 0
the right firmware passes and every mutant was caught by the check meant for it;
1 one was not.
END
}

here=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc)
out= made= print=
while [ $# -gt 0 ]; do
  case $1 in
    --jobs) jobs=$2 && shift 2 ;;
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
  sed -n '2,/^[A-Z][a-z ]*: /{/^[A-Z][a-z ]*: /d;/^$/d;p}' "$here/$1.patch" |
    paste -s -d ' '
}

# The right firmware is the mutant without a name. The clock is virtual: what
# validate waits for costs nothing, and two runs see the same.
boot() {
  local name=$1 tables=()
  mkdir -p "$out/$name"
  rm -rf "$out/$name/out"
  [ "$name" = right ] ||
    tables=(--nfit "$out/$name/nfit.aml" --ssdt "$out/$name/ssdt.aml")
  "$daxmend" vm --clock virtual --fs none --error-ranges 64 \
    "${tables[@]}" --add "$here/inside.sh" \
    --out "$out/$name/out" -- sh /add/inside.sh \
    >"$out/$name/log" 2>&1 || true
  echo "$name" >&2
}
export -f boot
export daxmend out here
[ "$print" ] ||
  printf '%s\n' right "$@" | xargs -P "$jobs" -I{} bash -c 'boot {}'

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
  sed -n "s/^ *\"$1\": \"\(.*\)\",\?$/\1/p" "$out/right/out/validate.json" | head -n 1
}
bad=0
caught=0
right_status=$(cat "$out/right/out/status" 2>/dev/null || echo none)
cat <<END
# Which check catches which fault

Made by \`tests/mutants/run.sh build/daxmend\`: the emulated NVDIMM is booted with
each of the wrong firmwares in tests/mutants, and \`daxmend validate --destructive\`
run on it. Clock: $(environment clock), Linux $(environment kernel), QEMU $(environment qemu), one boot each.

The right firmware: $(with right PASS | wc -w) checks pass, $(with right FAIL | wc -w) fail, $(with right WARN | wc -w) warn, $(with right SKIP | wc -w)
are skipped, exit status $right_status.

END
[ "$right_status" = 0 ] && [ -n "$(with right PASS)" ] &&
  [ -z "$(with right FAIL)$(with right WARN)" ] || bad=1
echo "| mutant | what is wrong | meant for it | caught by it | other checks that do not pass |"
echo "| --- | --- | --- | --- | --- |"
for name in "$@"; do
  meant=$(says "$name" "Caught by")
  failed="$(with "$name" FAIL) $(with "$name" WARN)"
  answer=no
  case " $failed " in *" $meant "*) answer=yes ;; esac
  status=$(cat "$out/$name/out/status" 2>/dev/null || echo none)
  case $status in 0 | 1) ;; *) answer="no: exit status $status" ;; esac
  if [ "$answer" = yes ]; then caught=$((caught + 1)); else bad=1; fi
  others=
  for id in $failed; do [ "$id" = "$meant" ] || others="$others $id"; done
  echo "| $name | $(fault "$name") | $meant | $answer |${others} |"
done
echo
echo "$caught of $# mutants are caught by the check meant for them."
exit $bad
