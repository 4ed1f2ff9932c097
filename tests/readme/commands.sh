#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# commands.sh README BUILD SCRATCH
#
# Takes the command blocks out of README and types them in their order, in a
# copy of the tree in which build/ is BUILD. Blocks that are for a machine with
# persistent memory are typed in the emulated one. Fails when a command fails,
# naming it, its exit status and what it printed.
#
# What is only looked up, because it installs packages or builds everything anew
# for minutes: ./quickstart, which has to offer the sub-command (tests/platforms
# runs it for real).
set -euo pipefail
readme=$(realpath "$1") build=$(realpath "$2") scratch=$3
tree=$(dirname "$readme") here=$(cd "$(dirname "$0")" && pwd)

die() {
  printf 'readme: %s\n' "$*" >&2
  exit 1
}

# The copy, without what a build or a run leaves.
rm -rf "$scratch"
mkdir -p "$scratch/tree" "$scratch/blocks"
scratch=$(realpath "$scratch")
for entry in "$tree"/*; do
  case ${entry##*/} in
    build*) ;;
    results)
      mkdir "$scratch/tree/results"
      for file in "$entry"/*; do
        case ${file##*/} in
          latest | gate | anywhere | bench | history.sqlite | 20*) ;;
          *) cp -a "$file" "$scratch/tree/results" ;;
        esac
      done
      ;;
    *) cp -a "$entry" "$scratch/tree" ;;
  esac
done
ln -s "$build" "$scratch/tree/build"

# Each fenced or indented block becomes a file; blocks/N.where says where it is
# typed, by the paragraph before it.
awk -v out="$scratch/blocks" '
  function end_block() { if (file) close(file); file = "" }
  function begin_block() {
    file = sprintf("%s/%02d", out, ++blocks)
    where = paragraph ~ /persistent memory, as root:/ ? "guest" : "here"
    print where > (file ".where")
    close(file ".where")
    print NR > (file ".line")
    close(file ".line")
  }
  /^```/ { fenced = !fenced; if (fenced) begin_block(); else end_block(); next }
  fenced { print > file; next }
  /^    / && (file || blank) { if (!file) begin_block(); print substr($0, 5) > file; next }
  { end_block(); blank = /^$/ }
  !/^$/ { paragraph = $0 }
' "$readme"

# A line is a command, or a part of one that goes on in the next. A line of
# comment is none.
split_block() { # BLOCK DIRECTORY
  local command='' line number=0
  mkdir -p "$2"
  while IFS= read -r line; do
    command+=${command:+$'\n'}$line
    [[ $line != *\\ ]] && bash -n <<<"$command" 2>/dev/null || continue
    if [[ ! $command =~ ^[[:space:]]*(#.*)?$ ]]; then
      number=$((number + 1))
      printf '%s\n' "$command" >"$2/$(printf %02d $number).command"
    fi
    command=
  done <"$1"
  [ -z "$command" ] || die "this is no command: $command"
}

# ./quickstart [SUBCOMMAND]: must be offered by its --help.
look_up() { # COMMAND-FILE
  local word words
  words=$(sed 's/[[:space:]]*#.*//' "$1" | grep -v '^[[:space:]]*$')
  read -r _ word <<<"$words"
  bash ./quickstart --help >"$scratch/help" ||
    die "'./quickstart --help' fails with $?: $(cat "$scratch/help")"
  grep -qE "\./quickstart${word:+ $word}( |$)" "$scratch/help" ||
    die "'$words' is in the README and not in ./quickstart --help:
$(cat "$scratch/help")"
  looked_up+=("$words")
}

# The guest's file system for FILE, and where the user's own job comes from.
FILE=/mnt/pmem/readme.dat
prepare_guest() { # DIRECTORY
  sed -i "s|\bFILE\b|$FILE|g" "$1"/*.command
  echo "dd if=/dev/urandom of=$FILE bs=1M count=4 && sync && cp $FILE /tmp/before" \
    >"$1/00.command"
  # What was injected is gone in the end, and every byte there.
  echo "build/daxmend list | grep 'no poison is listed' && cmp /tmp/before $FILE" \
    >"$1/99.command"
}

cd "$scratch/tree"
# my.fio is the example of docs/engine.md.
awk '/^\[mine\]/ { on = 1 } /^```/ { on = 0 } on' docs/engine.md >my.fio
[ -s my.fio ] || die "docs/engine.md has no [mine], the job of one's own"

looked_up=() typed=0 failed=0
for block in "$scratch"/blocks/*.where; do
  block=${block%.where}
  split_block "$block" "$block.commands"
  for command in "$block.commands"/*.command; do
    [ -e "$command" ] || die "the block at line $(cat "$block.line") has no command"
    if grep -q '^\./quickstart' "$command"; then
      look_up "$command"
      rm "$command"
    else
      typed=$((typed + 1))
    fi
  done
  [ -n "$(ls "$block.commands")" ] || continue
  echo "# the block at line $(cat "$block.line") of $readme ($(cat "$block.where")):"
  if [ "$(cat "$block.where")" = here ]; then
    bash "$here/type.sh" "$block.commands" | tee -a "$scratch/typed" || failed=1
  else
    prepare_guest "$block.commands"
    mv "$block.commands" "$scratch/commands"
    build/daxmend vm </dev/null --add "$here/type.sh" --add "$scratch/commands" -- \
      sh /add/type.sh /add/commands | tee -a "$scratch/typed" || failed=1
    rm -r "$scratch/commands"
  fi
done
echo
echo "$typed commands typed"
echo "looked up in ./quickstart --help, not run (they install packages and build" \
  "everything): ${looked_up[*]@Q}"
[ "$typed" -gt 0 ] || die "$readme has no command"
[ "$failed" = 0 ] || {
  # Once more at the end, which is what a log keeps.
  awk '/^\$ / { n = 0 } { line[++n] = $0 }
    /^not ok/ { print line[1]
      for (i = (n > 31 ? n - 29 : 2); i <= n; ++i) print line[i] }' "$scratch/typed"
  die "a command of $readme fails: see 'not ok' above"
}
