#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# self_test.sh TREE DAXMEND
#
# The tests of the documents see what is wrong, and say what.
set -uo pipefail
tree=$1 daxmend=$2 here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# says TEXT: it is a line of what was printed.
says() {
  grep -qF -e "$1" "$scratch/output" && return
  failed=1
  printf 'not said: %s\n' "$1"
}
exits() { # STATUS COMMAND...
  local expected=$1 status=0
  shift
  "$@" >"$scratch/output" 2>&1 || status=$?
  [ "$status" = "$expected" ] && return
  failed=1
  printf 'exit status %s, not %s: %s\n' "$status" "$expected" "$*"
  sed 's/^/    /' "$scratch/output"
}

document=tests/readme/broken.md
exits 1 "$here/documents.sh" "$tree" "$daxmend" $document
says "$document: links to nowhere.md, which is not there"
says "$document: links to #no-such-heading, and $document has no such heading"
says "$document:6: daxmend has no subcommand fly"
says "daxmend list has no option --jsno"
says "daxmend inject has no option --vai"
says "no subcommand of daxmend has the option --no-such-option"
says "there is no jobs/nothing.fio"
says "there is no build/fio-daxmend.os"
says "$document:12: ./quickstart has no sub-command tset"
says "$document:13: daxmend vm has no option --clcok"
says "$document:13: daxmend run has no option --otu"
says "$document:14: CMakeLists.txt and cmake/ know no -DDAXMEND_NOTHING="
says "$document:15: daxmend history/add has no option --lable"
says ", 13 wrong"

type_commands() { # COMMAND...: typed by type.sh
  local number=0 command
  rm -rf "$scratch/commands"
  mkdir "$scratch/commands"
  for command in "$@"; do
    number=$((number + 1))
    printf '%s\n' "$command" >"$scratch/commands/$number.command"
  done
  for shell in bash "busybox sh"; do
    exits "$expected" $shell "$here/type.sh" "$scratch/commands"
    for line in "${expected_lines[@]}"; do says "$line"; done
  done
}
expected=1
expected_lines=("    about the cause" "ok - exit status 0"
  "not ok - exit status 3, after the lines above: (echo about the cause >&2; exit 3)")
type_commands "here=kept" "(echo about the cause >&2; exit 3)" '[ $here = kept ]'
expected_lines=("not ok - ends the shell: echo before; exit 0" "    before")
type_commands "echo before; exit 0" "true"
expected=0 expected_lines=("for this is another system than the reference's")
refused="daxmend gate: these runs cannot be compared:"
type_commands "(echo '$refused kernel (a in the baseline, b now)'; exit 2)"
expected=1 expected_lines=("not ok - exit status 2")
type_commands "(echo '$refused job text (job a is missing now)'; exit 2)"
type_commands "(echo 'daxmend gate: run does not exist'; exit 2)"
exit $failed
