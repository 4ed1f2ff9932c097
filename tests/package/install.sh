#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install.sh CMAKE BUILD SCRATCH
#
# Installs what is built below SCRATCH, looks at it, runs some of it, and removes
# it again. Says what it looks at; the first thing that is wrong ends it.
set -euo pipefail

cmake=$1
build=$2
scratch=$3
rm -rf "$scratch"
mkdir -p "$scratch"

look() { echo "== $*"; }
fail() {
  echo "FAILED: $*"
  exit 1
}
must_have() { [ -e "$1" ] || fail "$1 is missing"; }

look "an installation below DESTDIR"
root=$scratch/root
DESTDIR=$root "$cmake" --install "$build" --prefix /usr >"$scratch/install.log" ||
  { cat "$scratch/install.log"; fail "cmake --install"; }
usr=$root/usr
for file in bin/daxmend share/daxmend/guest/{base,kernel,overlay,init}.sh \
  share/daxmend/guest/{nfit,ssdt}.aml share/daxmend/jobs/recovery.fio \
  share/daxmend/policy.json share/daxmend/ci/{gate.sh,github-workflow.yml} \
  share/doc/daxmend/{copyright,README.md} share/bash-completion/completions/daxmend \
  share/man/man1/{daxmend,fio-daxmend}.1.gz; do
  must_have "$usr/$file"
done
engine=$(find "$usr" -name fio-daxmend.so)
[ -n "$engine" ] || fail "there is no engine"

look "job files name installed files"
for job in "$usr"/share/daxmend/jobs/*.fio; do
  ! grep -nE '(^|[^a-z/])build/' "$job" || fail "$job names the build tree"
  ! grep -n "$scratch" "$job" || fail "$job names DESTDIR"
done
grep -hoE 'external:[^ ]+' "$usr"/share/daxmend/jobs/*.fio | sort -u |
  sed 's/external:${DAXMEND_ROOT}//' | while read -r file; do
  must_have "$root$file"
done

# A job of the engine and the program that installed jobs name.
small_job() {
  cat <<EOF
[small]
$(grep -h '^ioengine=external' "$1/share/daxmend/jobs/recovery.fio")
filename=$scratch/data
size=64k
rw=write
allow_nodax=1
exec_prerun=$(grep -hoE '[^ ]*bin/daxmend ' "$1/share/daxmend/jobs/recovery.fio" |
    sort -u) --version > $scratch/version
EOF
}
ran() {
  grep -q "access=syscall" "$1" || { cat "$1"; fail "$2: the engine did not run"; }
  must_have "$scratch/version"
  rm "$scratch/version"
}

look "daxmend run finds the engine below DESTDIR"
small_job "$usr" >"$scratch/small.fio"
(cd "$scratch" && TMPDIR=$scratch "$usr/bin/daxmend" run --out "$scratch/run" \
  small.fio) >"$scratch/run.log" 2>&1 || { cat "$scratch/run.log"; fail "daxmend run"; }
ran "$scratch/run.log" "daxmend run"
[ -z "$(find "$scratch" -maxdepth 1 -name 'daxmend-root-*')" ] ||
  fail "daxmend run left its link behind"

look "fio alone finds it below the prefix"
plain=$scratch/plain
"$cmake" --install "$build" --prefix "$plain" >"$scratch/plain.log" ||
  { cat "$scratch/plain.log"; fail "cmake --install --prefix"; }
small_job "$plain" >"$scratch/small.fio"
(cd "$scratch" && fio small.fio) >"$scratch/fio.log" 2>&1 ||
  { cat "$scratch/fio.log"; fail "fio"; }
ran "$scratch/fio.log" fio

look "daxmend run finds it where that was moved to"
mv "$plain" "$scratch/moved"
(cd "$scratch" && TMPDIR=$scratch moved/bin/daxmend run --out "$scratch/run" \
  small.fio) >"$scratch/run.log" 2>&1 || { cat "$scratch/run.log"; fail "daxmend run"; }
ran "$scratch/run.log" "daxmend run"

look "the gate tests itself without the source tree"
(cd / && "$usr/bin/daxmend" gate --self-test) >"$scratch/gate.log" ||
  { cat "$scratch/gate.log"; fail "gate --self-test"; }

look "every subcommand and option has its place in a manual page"
command -v groff >/dev/null || fail "groff is not installed: apt install groff-base"
help=$("$usr/bin/daxmend" --help)
subcommands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z]\+\) .*/\1/p' <<<"$help")
[ "$(wc -w <<<"$subcommands")" -ge 14 ] || fail "--help lists: $subcommands"
for page in "$usr"/share/man/man1/*.gz; do
  warnings=$(gzip -dc "$page" | groff -ww -man -Tutf8 -z 2>&1)
  [ -z "$warnings" ] || fail "$page: $warnings"
done
text() { gzip -dc "$usr/share/man/man1/$1.1.gz" | groff -man -Tascii -P-c -P-u -P-b; }
for subcommand in $subcommands; do
  must_have "$usr/share/man/man1/daxmend-$subcommand.1.gz"
  grep -q "daxmend-$subcommand(1)" <<<"$(text daxmend)" ||
    fail "daxmend(1) does not name daxmend-$subcommand(1)"
  page=$(text "daxmend-$subcommand")
  "$usr/bin/daxmend" "$subcommand" --help | grep -oE '^  (-[a-z],)?--[a-z-]+' |
    grep -oE -- '--[a-z-]+' | while read -r option; do
    grep -q -- "$option" <<<"$page" ||
      fail "daxmend-$subcommand(1) does not have $option"
  done
done
for option in access recovery salvage path_log backup; do
  grep -q "$option=" <<<"$(text fio-daxmend)" ||
    fail "fio-daxmend(1) does not have $option="
done

look "a program of 30 lines, built by pkg-config, survives"
[ "$(wc -l <"$usr/share/doc/libdaxmend-copy-dev/examples/survive.c")" -le 30 ] ||
  fail "survive.c has more than 30 lines"
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$usr" -name daxmend-copy.pc)")
libraries=$(dirname "$(find "$usr" -name libdaxmend-copy.so)")
for example in survive records; do
  # shellcheck disable=SC2046
  cc -std=c11 -Wall -Wextra -Werror -D_DEFAULT_SOURCE \
    "$usr/share/doc/libdaxmend-copy-dev/examples/$example.c" \
    $(pkg-config --cflags --libs daxmend-copy) -o "$scratch/$example"
done
head -c 65536 /dev/zero >"$scratch/zeros"
LD_LIBRARY_PATH=$libraries "$scratch/survive" "$scratch/zeros" >"$scratch/survive.txt" ||
  { cat "$scratch/survive.txt"; fail "survive"; }
grep -q "^0 of 16 pages" "$scratch/survive.txt" || fail "$(cat "$scratch/survive.txt")"
LD_LIBRARY_PATH=$libraries "$scratch/records" "$scratch/zeros" >"$scratch/records.txt"
grep -q "^sum 0, 0 records lost$" "$scratch/records.txt" ||
  fail "$(cat "$scratch/records.txt")"
warnings=$(gzip -dc "$usr/share/man/man3/daxmend_copy.3.gz" |
  groff -ww -man -Tutf8 -z 2>&1)
[ -z "$warnings" ] || fail "daxmend_copy(3): $warnings"
for function in $(sed -n 's/^    \(daxmend_copy[a-z_]*\);$/\1/p' \
  "$(dirname "$0")/../../libcopy/daxmend-copy.map"); do
  gzip -dc "$usr/share/man/man3/daxmend_copy.3.gz" | grep -q "$function" ||
    fail "daxmend_copy(3) does not name $function"
done

look "completion"
bash -n "$usr/share/bash-completion/completions/daxmend"
complete_words() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _daxmend
  echo "${COMPREPLY[*]}"
}
(
  . "$usr/share/bash-completion/completions/daxmend"
  [ "$(complete_words daxmend inj)" = "inject injectors" ] || fail "daxmend inj"
  [ "$(complete_words daxmend "" | wc -w)" = "$(wc -w <<<"$subcommands")" ] ||
    fail "daxmend TAB: $(complete_words daxmend "")"
  [ "$(complete_words daxmend help inj)" = "inject injectors" ] || fail "help inj"
  [ "$(complete_words daxmend vm --clock "")" = "wall virtual" ] || fail "vm --clock"
  [ "$(complete_words daxmend vm --clock = v)" = virtual ] || fail "vm --clock=v"
  [ "$(complete_words daxmend gate --self)" = --self-test ] || fail "gate --self"
  [ -z "$(complete_words daxmend vm --add "")" ] || fail "vm --add is for files"
  [ -z "$(complete_words daxmend vm -- --clock "")" ] || fail "what follows --"
)

look "an uninstallation leaves what was there before, and nothing else"
"$cmake" -P "$usr/share/daxmend/uninstall.cmake"
left=$(find "$root" -mindepth 1)
[ -z "$left" ] || fail "left behind: $left"
mkdir -p "$usr/share/man/man1" "$usr/share/doc/other"
DESTDIR=$root "$cmake" --install "$build" --prefix /usr >"$scratch/install.log"
DESTDIR=$root "$cmake" --install "$build" --prefix /usr >"$scratch/install.log"
"$cmake" -P "$usr/share/daxmend/uninstall.cmake"
left=$(cd "$usr" && find . -mindepth 1 | sort | tr '\n' ' ')
[ "$left" = "./share ./share/doc ./share/doc/other ./share/man ./share/man/man1 " ] ||
  fail "left: $left"
"$cmake" -P "$scratch/moved/share/daxmend/uninstall.cmake"
[ ! -e "$scratch/moved" ] || fail "left: $(find "$scratch/moved")"
rm -rf "$scratch"
