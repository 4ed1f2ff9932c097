#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# apt.sh DIRECTORY SUITE[,SUITE]... deb|deb-src COMMAND...
# apt.sh --entries DIRECTORY SUITE...
# apt.sh --mirror
#
# Runs an apt-get or apt-cache COMMAND on the packages of each SUITE (a Debian
# suite like trixie-backports, or "own" for the suites this machine has), with
# lists and entries in DIRECTORY/SUITES.deb or .deb-src. The entries are the
# machine's own with the suite changed; the machine's apt stays as it is, no root
# is needed, and to COMMAND no package is installed. Lists are fetched by the
# first command and again by `apt-get update`.
#
# --entries writes the entries (SUITE.list, SUITE.sources) of binary packages into
# DIRECTORY, --mirror prints where the machine gets Debian from.
#
# Exit status: COMMAND's; 3, after one line on stderr, when the machine has no
# entry to go by or apt could not fetch SUITE's lists.
set -eu

fail() {
  echo "apt: $*" >&2
  exit 3
}

command -v apt-config >/dev/null ||
  fail "there is no apt on this machine: this needs Debian"
LIST='' PARTS=''
eval "$(apt-config shell LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d)"

# The machine's entries, those of the one-line format first, each file ended by
# an empty line, because a stanza ends at its file's end.
configured() {
  for file in "$LIST" "${PARTS%/}"/*."$1"; do
    case $file in *."$1") ;; *) continue ;; esac
    [ -r "$file" ] || continue
    cat "$file"
    echo
  done
}

# Debian's own suites have one of these names and the component main; other
# archives that use the same name fail to have SUITE, without harm.
known='^(old)*stable|^testing|^unstable|^sid|^bullseye|^bookworm|^trixie|^forky|^duke'

# The entries of the one-line format, for SUITE $1 and type $2.
lines() {
  configured list | awk -v suite="$1" -v type="$2" -v known="$known" '
    $1 != "deb" { next }
    {
      options = ""
      place = 2
      if ($2 ~ /^\[/) {
        while (place <= NF) {
          options = options " " $place
          if ($(place++) ~ /\]$/) break
        }
      }
      uri = $place
      at = $(place + 1)
      if (uri ~ /^cdrom:/) next
      components = ""
      for (i = place + 2; i <= NF && $i !~ /^#/; i++)
        components = components " " $i
      if (suite != "own") {
        if (at !~ known || (" " components " ") !~ / main /) next
        security = at ~ /-security$|\/updates$/
        if (security != (suite ~ /-security$/)) next
        at = suite
      }
      print type options, uri, at components
    }' | awk '!seen[$0]++'
}

# The same for stanzas.
stanzas() {
  configured sources | awk -v suite="$1" -v type="$2" -v known="$known" '
    function finish() {
      if (text != "" && wanted && main && enabled && is_deb) print text
      text = ""
      wanted = suite == "own"
      main = wanted
      enabled = 1
      is_deb = 0
    }
    BEGIN { finish() }
    /^[ \t]*$/ { finish(); next }
    /^#/ { next }
    {
      key = tolower($1)
      if (key == "types:") {
        for (i = 2; i <= NF; i++) if ($i == "deb") is_deb = 1
        $0 = "Types: " type
      } else if (key == "enabled:" && tolower($2) ~ /^(no|false|0)$/) {
        enabled = 0
      } else if (key == "components:") {
        for (i = 2; i <= NF; i++) if ($i == "main") main = 1
      } else if (key == "suites:" && suite != "own") {
        for (i = 2; i <= NF; i++) {
          security = $i ~ /-security$|\/updates$/
          if ($i ~ known && security == (suite ~ /-security$/)) wanted = 1
        }
        $0 = "Suites: " suite
      }
      text = text $0 "\n"
    }
    END { finish() }'
}

# write_entries DIRECTORY TYPE SUITE...
write_entries() {
  place=$1
  entry_type=$2
  shift 2
  for suite in "$@"; do
    lines "$suite" "$entry_type" >"$place/$suite.list"
    stanzas "$suite" "$entry_type" >"$place/$suite.sources"
    for entries in "$place/$suite.list" "$place/$suite.sources"; do
      [ -s "$entries" ] || rm "$entries"
    done
  done
}

if [ "${1-}" = --entries ]; then
  place=$2
  shift 2
  write_entries "$place" deb "$@"
  exit
fi
if [ "${1-}" = --mirror ]; then
  # Any suite that is not of the security archive has the same place.
  place=$(lines trixie deb | sed -n 's/^deb \(\[[^]]*\] \)*\([^ ]*\).*/\2/p' | head -n 1)
  [ -n "$place" ] ||
    place=$(stanzas trixie deb | sed -n 's/^URIs: *\([^ ]*\).*/\1/p' | head -n 1)
  [ -n "$place" ] || fail "the machine's apt has no entry of Debian's"
  echo "$place"
  exit
fi

[ $# -ge 4 ] || fail "usage: apt.sh DIRECTORY SUITE[,SUITE]... deb|deb-src COMMAND..."
suites=$2
type=$3
mkdir -p "$1"
home=$(cd "$1" && pwd)/$suites.$type
shift 3
program=$1
shift

apt() {
  apt_program=$1
  shift
  "$apt_program" -q \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$home/entries" \
    -o Dir::Etc::preferences=/dev/null \
    -o Dir::Etc::preferencesparts="$home/none" \
    -o Dir::State="$home/state" -o Dir::State::lists="$home/lists" \
    -o Dir::State::status="$home/status" -o Dir::Cache="$home/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=2 "$@"
}

update() {
  rm -rf "$home"
  mkdir -p "$home/entries" "$home/none" "$home/state" "$home/lists/partial" \
    "$home/cache/archives/partial"
  : >"$home/status"
  # shellcheck disable=SC2046
  write_entries "$home/entries" "$type" $(echo "$suites" | tr , ' ')
  [ -n "$(ls "$home/entries")" ] ||
    fail "the machine's apt has no entry from which one for $suites could be made"
  echo "apt: fetching the lists of $suites" >&2
  # An entry that has no such suite (another archive's) fails without harm.
  apt apt-get update >"$home/log" 2>&1 || true
  for index in "$home/lists"/*Packages* "$home/lists"/*Sources*; do
    [ -e "$index" ] && : >"$home/complete" && return 0
  done
  fail "cannot fetch the lists of $suites ($type): $(
    sed -n 's/^[EW]: *//p' "$home/log" | head -n 1)"
}

if [ "$program" = apt-get ] && [ "${1-}" = update ]; then
  update
  exit
fi
[ -e "$home/complete" ] || update
apt "$program" "$@"
