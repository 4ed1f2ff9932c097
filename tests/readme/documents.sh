#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# documents.sh TREE DAXMEND [DOCUMENT...]
#
# What the documents name is there: every subcommand and option of daxmend that
# they print, every sub-command of ./quickstart, every setting of CMake, every
# option of the engine, every file and every heading that they link to. Prints
# what is not, with file and line. DOCUMENTs are all that a user reads, by default.
set -euo pipefail
tree=$(realpath "$1") daxmend=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
shift 2
cd "$tree"
[ $# != 0 ] || set -- README.md CONTRIBUTING.md docs/*.md kernel/README.md results/reference/*.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/wrong"
looked_up=0

wrong() { printf '%s\n' "$*" >>"$scratch/wrong"; }
found() { looked_up=$((looked_up + 1)); }

awk -f "$here/code.awk" "$@" >"$scratch/code"
[ -s "$scratch/code" ] || wrong "the documents have no code: $*"

# The options of a subcommand, from its --help.
options_of() { # NAME COMMAND...
  local name=$1
  shift
  "$@" --help >"$scratch/help" || { wrong "'$* --help' fails"; return; }
  echo "$name"
  grep -oE -- '^ *(-[A-Za-z],)?--[a-z][-a-z0-9]*' "$scratch/help" | grep -oE -- '--[a-z].*' |
    sed "s|^|$name |"
}
subcommands_of() { # COMMAND...
  "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p'
}
{
  options_of - "$daxmend"
  for sub in $(subcommands_of "$daxmend"); do
    options_of "$sub" "$daxmend" "$sub"
    for inner in $(subcommands_of "$daxmend" "$sub"); do
      options_of "$sub/$inner" "$daxmend" "$sub" "$inner"
      # Those of the one above are taken, too (CLI11's fallthrough).
      options_of "$sub/$inner" "$daxmend" "$sub"
    done
  done
} >"$scratch/options"
awk -v HELP="$scratch/options" -v COUNT="$scratch/count" -f "$here/options.awk" \
  "$scratch/code" >>"$scratch/wrong"
looked_up=$(cat "$scratch/count")

# ./quickstart SUBCOMMAND
bash ./quickstart --help >"$scratch/help"
while IFS=$'\t' read -r where code; do
  found
  grep -qE "\./quickstart $code( |$)" "$scratch/help" ||
    wrong "$where: ./quickstart has no sub-command $code"
done < <(sed -nE 's/^([^\t]*)\t.*\.\/quickstart ([a-z]+).*/\1\t\2/p' "$scratch/code")

# -DNAME=
while read -r where name; do
  found
  grep -rqw "$name" CMakeLists.txt cmake ||
    wrong "$where: CMakeLists.txt and cmake/ know no -D$name="
done < <(sed -nE 's/^([^\t]*)\t.*-D([A-Z_]+)=.*/\1 \2/p' "$scratch/code")

# The engine's options, both ways.
engine=$(dirname "$daxmend")/fio-daxmend.so
fio --enghelp="$engine" >"$scratch/engine"
sed -nE 's/^([a-z_]+) *: .*/\1/p' "$scratch/engine" | sort >"$scratch/has"
sed -nE '/^## Options/,/^## [^O]/s/^\| `([a-z_]+)` \|.*/\1/p' docs/engine.md |
  sort >"$scratch/says"
[ -s "$scratch/has" ] || wrong "fio --enghelp=$engine names no option"
while read -r name; do wrong "docs/engine.md: has no option $name of the engine"; done < <(
  comm -23 "$scratch/has" "$scratch/says")
while read -r name; do wrong "docs/engine.md: the engine has no option $name"; done < <(
  comm -13 "$scratch/has" "$scratch/says")
looked_up=$((looked_up + $(wc -l <"$scratch/has")))

# Files that code names: those whose first folder is one of the tree's, unless a
# run makes them.
is_there() { # NAME DOCUMENT: in the tree, or beside the document
  compgen -G "$1" >/dev/null || compgen -G "$(dirname "$2")/$1" >/dev/null
}
while IFS=$'\t' read -r where word; do
  name=${word#./}
  name=${name%/}
  case $name in
    results/latest* | results/ci | results/ci/* | results/anywhere* | \
      results/samples | results/history/history.sqlite | *JOB* | *SYSTEM*) continue ;;
    build/daxmend) ;;  # below
    build/fio-daxmend* | build/jobs/*) ;;
    build/* | build-asan/*_corpus) continue ;;
  esac
  found
  case $name in
    build/*) [ -e "$(dirname "$daxmend")/${name#build/}" ] ;;
    # Programs of the other build, by what they are made of.
    build-asan/tests/*_fuzzer) is_there "tests/fuzz/${name##*/}.cc" "${where%:*}" ;;
    *) is_there "$name" "${where%:*}" ;;
  esac || wrong "$where: there is no $word"
done < <(
  folders=$(printf '%s|' */ | sed 's|/||g; s/|$//')
  awk -F'\t' -v OFS='\t' '{ n = split($2, w, /[ =:"(),;]+/); for (i = 1; i <= n; ++i) print $1, w[i] }' "$scratch/code" |
    sed 's/\.$//' | grep -E $'\t'"(\./)?($folders|build)/[A-Za-z0-9_./*-]+$")

# Links: [text](file#heading).
headings() { # DOCUMENT: as GitHub makes anchors of them
  sed -nE 's/^#+ +//p' "$1" | tr 'A-Z' 'a-z' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}
while IFS=$'\t' read -r document link; do
  case $link in http*) continue ;; esac
  found
  file=${link%%#*}
  file=${file:+$(dirname "$document")/$file}
  file=${file:-$document}
  if [ ! -e "$file" ]; then
    wrong "$document: links to $link, which is not there"
  elif [[ $link == *#* ]] && ! headings "$file" | grep -qxF "${link#*#}"; then
    wrong "$document: links to $link, and $file has no such heading"
  fi
done < <(
  for document in "$@"; do
    tr '\n' ' ' <"$document" | grep -oE '\]\([^) ]+\)' |
      sed -E "s|^\]\((.*)\)|$document\t\1|" || true
  done)

cat "$scratch/wrong"
echo "$looked_up names looked up in $# documents, $(wc -l <"$scratch/wrong") wrong"
[ ! -s "$scratch/wrong" ]
