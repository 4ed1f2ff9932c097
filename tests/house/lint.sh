#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What clang-format, shellcheck and codespell say of the files of a tree.
set -euo pipefail

usage() {
  cat <<'END'
usage: lint.sh format|ignored|shell|spelling|tidy TREE

format    C++ is as clang-format writes it (.clang-format; version 14, for each
          writes some lines in another way)
ignored   no file of the tree is one that .gitignore passes over: others beside it
          would never be committed, and programs write to such places
shell     shellcheck has no warning about any script
spelling  codespell knows every word of code, scripts and documents
tidy      clang-tidy (.clang-tidy) has nothing to say of the C++ files, without
          tests, that have changed since the commit in tests/house/tidied, where
          it was asked about all: that takes 12 minutes on 2 processors.
          TREE/build-asan has what they are compiled with; TIDY=all asks about
          all again

Exit status: 0 all is well, 1 it is not, 2 the tool is missing, 77 nothing could
be looked at.
END
}
case ${1:-} in
  -h | --help) usage && exit ;;
esac
[ $# = 2 ] || { usage >&2 && exit 2; }
what=$1
cd "$2"

need() {
  command -v "$1" >/dev/null || {
    echo "lint.sh: $1 is not installed: apt install $1" >&2
    exit 2
  }
}
# Files of the tree, without what builds and runs leave.
files() {
  find . -type d \( -name 'build*' -o -name .git -o -path './results/20*' \) -prune \
    -o -type f "$@" -print | sort
}
scripts() {
  local file first
  files ! -name '*.patch' | while read -r file; do
    read -r first <"$file" 2>/dev/null || true
    case $first in '#!'*sh) echo "$file" ;; esac
  done
}

case $what in
  format)
    need clang-format
    files \( -name '*.cc' -o -name '*.h' \) |
      xargs clang-format --dry-run -Werror || exit 1
    ;;
  ignored)
    git rev-parse --git-dir >/dev/null 2>&1 || {
      echo "not a clone: nothing to look at"
      exit 0
    }
    ignored=$(git ls-files --cached --ignored --exclude-standard)
    [ -z "$ignored" ] || {
      printf 'ignored, and files of the tree:\n%s\n' "$ignored"
      exit 1
    }
    ;;
  shell)
    need shellcheck
    # Not: variables that a sourced file or eval uses or sets, and the files
    # themselves, which lie elsewhere when they run.
    scripts | xargs shellcheck -S warning -e SC1090,SC1091,SC2034,SC2154 ||
      exit 1
    ;;
  spelling)
    need codespell
    # Not: "\n" before a word, names of ACPI, words of French in quotations,
    # what tests misspell on purpose, and names of functions.
    files \( -name '*.cc' -o -name '*.h' -o -name '*.sh' -o -name '*.md' \
      -o -name '*.txt' -o -name '*.asl' -o -name '*.cmake' -o -name '*.fio' \) |
      grep -v '/golden/' |
      xargs codespell -q 3 --ignore-regex '\\n\w+' \
        -L nd,levl,abov,nowns,propage,childs,lits,wirte,lenght,tolerence \
        -L inbraces,injectin,countin,alignin,poisonin,caf || exit 1
    ;;
  tidy)
    need clang-tidy
    [ -e build-asan/compile_commands.json ] || {
      echo "build-asan is not configured: cmake --preset asan"
      exit 77
    }
    base=$(cat tests/house/tidied)
    if [ "${TIDY:-}" = all ]; then
      changed=$(files -name '*.cc')
    elif git cat-file -e "$base^{commit}" 2>/dev/null; then
      # Of a header that changed, the source of the same name.
      changed=$({
        git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h'
        git ls-files --others --exclude-standard -- '*.cc' '*.h'
      } | sed 's/\.h$/.cc/' | sort -u)
    else
      echo "this clone does not have $base: clone all commits"
      exit 77
    fi
    # Not: tests, and what only QEMU compiles.
    sources=$(for file in $changed; do
      file=${file#./}
      case $file in
        machine/profile/plugin.cc | machine/machine_check/load_plugin.cc | tests/*) ;;
        *) [ ! -e "$file" ] || echo "$file" ;;
      esac
    done)
    [ -n "$sources" ] || exit 0
    printf '%s\n' "$sources" | xargs -P 2 -n 1 clang-tidy -p build-asan --quiet ||
      exit 1
    ;;
  *) usage >&2 && exit 2 ;;
esac
