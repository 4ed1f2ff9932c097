#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tries this tree on whole systems, as a new user would; see --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
all=(debian12 debian13 debian13-backports testing)
all_steps=(root:run root:test user:run user:test)
known_steps=("${all_steps[@]}" root:host root:references)

usage() {
  cat <<'END'
usage: tests/platforms/run.sh [OPTION]... [PLATFORM...]

Makes a minimal root of each PLATFORM (debian12, debian13, debian13-backports,
testing; all of them when none is named) with debootstrap, clones the commit that
is checked out into it, and types the README's two commands there, as root and
then as an ordinary user without sudo: no systemd, locale C, no /dev/kvm. Writes
results/reference/platforms.md.

  --roots DIR        where the roots are and stay (/var/tmp/daxmend-roots)
  --steps STEP,...   some of root:run root:test user:run user:test; what was
                     tried before is kept. root:host, the step of testing when
                     none is named, builds everything and runs the tests that
                     need no guest. root:references makes the reference runs of
                     PLATFORM and puts them into results/reference (after root:run
                     or root:test)
  --fio-source DIR   a source tree of fio, for a system whose fio has that version
                     and whose mirror lacks the source
  --print            tries nothing, writes the page from what was tried; the exit
                     status is that of those steps

Needs root, debootstrap, about 6 GB for each, and hours: half an hour for each
"test" on 2 idle processors. What a step printed stays in DIR/PLATFORM.steps.
Nothing stays mounted, whatever ends it. Exit status: 0 everything passed, 1
something did not, 2 it could not be tried.
END
}
die() { printf 'run.sh: %s\n' "$*" >&2; exit 2; }

roots=/var/tmp/daxmend-roots steps=("${all_steps[@]}") chosen='' fio_source='' print=''
while [ $# -gt 0 ]; do
  case $1 in
    --roots | --steps | --fio-source)
      [ $# -gt 1 ] || die "$1 wants a word after it (see --help)"
      ;;
  esac
  case $1 in
    --roots) roots=$2; shift ;;
    --steps) IFS=, read -ra steps <<<"$2"; chosen=1; shift ;;
    --fio-source)
      fio_source=$(realpath -e "$2" 2>/dev/null) ||
        die "--fio-source $2: no such directory"
      [ -e "$fio_source/FIO-VERSION-GEN" ] ||
        die "--fio-source $2 is no source tree of fio (it has no FIO-VERSION-GEN)"
      shift
      ;;
    --print) print=1 ;;
    -h | --help)
      usage
      exit
      ;;
    -*) die "there is no option $1 (see --help)" ;;
    *) break ;;
  esac
  shift
done
[ "${#steps[@]}" != 0 ] || die "--steps names no step: ${known_steps[*]}"
platforms=("$@")
[ $# -gt 0 ] || platforms=("${all[@]}")
for platform in "${platforms[@]}"; do
  case " ${all[*]} " in
    *" $platform "*) ;;
    *) die "there is no platform $platform: ${all[*]}" ;;
  esac
done
for step in "${steps[@]}"; do
  case " ${known_steps[*]} " in
    *" $step "*) ;;
    *) die "there is no step $step: ${known_steps[*]}" ;;
  esac
done

# Its steps, in words: those of --steps, or what is promised for it.
steps_of() {
  if [ -n "$chosen" ]; then echo "${steps[*]}"
  elif [ "$1" = testing ]; then echo root:host
  else echo "${all_steps[*]}"
  fi
}
suite_of() {
  case $1 in
    debian12) echo bookworm ;;
    debian13*) echo trixie ;;
    testing) echo testing ;;
  esac
}

# Runs a command line in the root $1 as user $2. What is mounted for it is gone
# with its mount namespace. The root is pivoted to, as a container's is: in a chroot
# nobody may make a user namespace, and tests that mount something would be skipped.
in_root() {
  local root=$roots/$1 user=$2 path=/usr/local/bin:/usr/bin:/bin home=/home/tester
  [ "$user" != root ] || path=/usr/local/sbin:/usr/sbin:/sbin:$path home=/root
  shift 2
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 user=$2 path=$3 home=$4
    shift 4
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t devpts devpts "$root/dev/pts"
    mount --rbind "$root" "$root"
    cd "$root"
    pivot_root . .
    umount -l .
    exec chroot --userspec="$user:$user" / /usr/bin/env -i HOME="$home" \
      PATH="$path" LC_ALL=C sh -c "$*"
  ' in_root "$root" "$user" "$path" "$home" "$@" </dev/null
}

make_root() {
  local platform=$1 suite mirror
  suite=$(suite_of "$platform")
  mirror=$(sh "$top/cmake/apt.sh" --mirror) || die "no mirror to make roots from"
  [ ! -e "$roots/$platform.made" ] || return 0
  rm -rf --one-file-system "${roots:?}/$platform"
  mkdir -p "$roots"
  echo "run.sh: making $roots/$platform ($suite)"
  debootstrap --variant=minbase "$suite" "$roots/$platform" "$mirror" \
    >"$roots/$platform.debootstrap" 2>&1 || {
    tail -n 3 "$roots/$platform.debootstrap" >&2
    die "debootstrap cannot make a root of $suite: $roots/$platform.debootstrap"
  }
  # The machine's way out, and what it knows of its mirror.
  apt-config dump | grep -iE '^Acquire::(.*proxy|Check-(Date|Valid-Until)) ' \
    >"$roots/$platform/etc/apt/apt.conf.d/90mirror" || true
  cp -L /etc/resolv.conf "$roots/$platform/etc/resolv.conf"
  # As an installation has it: its own suite and that of security updates.
  case $suite in
    testing) ;;
    *) sh "$top/cmake/apt.sh" --entries "$roots/$platform/etc/apt/sources.list.d" \
      "$suite-security" ;;
  esac
  if [ "$platform" = debian13-backports ]; then
    sh "$top/cmake/apt.sh" --entries "$roots/$platform/etc/apt/sources.list.d" \
      trixie-backports
    printf 'Package: *\nPin: release a=*-backports\nPin-Priority: 500\n' \
      >"$roots/$platform/etc/apt/preferences.d/backports"
  fi
  in_root "$platform" root "apt-get update -q &&
    apt-get install -q -y --no-install-recommends git &&
    useradd --create-home --shell /bin/sh tester" \
    >>"$roots/$platform.debootstrap" 2>&1 ||
    die "cannot set $roots/$platform up: $roots/$platform.debootstrap"
  : >"$roots/$platform.made"
}

# A clone for each user, whose builds do not know of each other.
clone() {
  local platform=$1 user=$2 home=root
  [ "$user" = root ] || home=home/tester
  local to=$roots/$platform/$home/daxmend
  local commit
  commit=$(git -C "$top" rev-parse HEAD)
  [ ! -e "$to/.git" ] ||
    [ "$(git -c safe.directory='*' -C "$to" rev-parse HEAD)" != "$commit" ] || return 0
  # One that is interrupted leaves no clone that the next try takes for its own.
  rm -rf --one-file-system "$to" "$to.part"
  git clone -q "file://$top" "$to.part"
  git -C "$to.part" checkout -q --detach "$commit"
  in_root "$platform" root "chown -R $user:$user /$home/daxmend.part"
  mv "$to.part" "$to"
}

# Prints the option for a fio whose source the mirror lacks.
fio_option() {
  local platform=$1 version candidate
  [ -n "$fio_source" ] || return 0
  version=$(sed -n 's/^DEF_VER=fio-//p' "$fio_source/FIO-VERSION-GEN")
  # All of it: who stops reading early ends the one that writes.
  candidate=$(in_root "$platform" root "apt-cache policy fio")
  case $candidate in
    *"Candidate: $version-"*) ;;
    *) return 0 ;;
  esac
  if [ ! -e "$roots/$platform/srv/fio/config-host.h" ]; then
    rm -rf "$roots/$platform/srv/fio"
    cp -a "$fio_source" "$roots/$platform/srv/fio"
    in_root "$platform" root "apt-get install -q -y --no-install-recommends \
      gcc libc6-dev make && cd /srv/fio && ./configure --disable-native" \
      >>"$roots/$platform.debootstrap" 2>&1 ||
      die "cannot configure $fio_source in $platform"
  fi
  echo -DFIO_SOURCE_DIR=/srv/fio
}

# What needs no guest, with what the tests need, which a build does not install.
# shellcheck disable=SC2016
host_tests='bash -c ". cmake/quickstart/packages.sh
    die() { echo \"\$*\" >&2; exit 2; }
    install_packages \"\${test_packages[@]}\"" &&
  cmake --build --preset release &&
  ctest --preset release -L "^(unit|fio)$" --output-on-failure'
try() {
  local platform=$1 step=$2 user=root command=./quickstart home=/root status=0
  local kept=$roots/$platform.steps/$step
  case $step in user:*) user=tester home=/home/tester ;; esac
  case $step in
    *:test) command="./quickstart test" ;;
    *:host) command="./quickstart build" ;;
  esac
  clone "$platform" "$user"
  command="$command $(fio_option "$platform")"
  [ "${step#*:}" != host ] || command="$command && $host_tests"
  mkdir -p "$kept"
  echo "run.sh: $platform, $user: $command"
  local begin=$SECONDS
  in_root "$platform" "$user" "cd $home/daxmend && $command" >"$kept/output" 2>&1 ||
    status=$?
  echo "$status" >"$kept/status"
  echo $((SECONDS - begin)) >"$kept/seconds"
  git -C "$top" rev-parse --short HEAD >"$kept/commit"
  sed -n 's/^\([0-9]* passed, [0-9]* failed, [0-9]* skipped\)$/\1/p' \
    "$kept/output" | tail -n 1 >"$kept/counts"
  [ "${step#*:}" != host ] ||
    sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\2 \1/p' \
      "$kept/output" | tail -n 1 |
    awk -v skipped="$(grep -c '\*\*\*Skipped' "$kept/output")" '{
      print $1 - $2 - skipped " passed, " $2 " failed, " skipped " skipped"
    }' >"$kept/counts"
  if [ "${step#*:}" = run ]; then
    in_root "$platform" "$user" "cd $home/daxmend &&
      build/daxmend report --csv --no-html results/latest" >"$kept/csv" \
      2>"$kept/csv.errors" || : >"$kept/csv"
  fi
  in_root "$platform" root "$versions" >"$roots/$platform.steps/versions" \
    2>/dev/null || true
  echo "run.sh: $platform, $user: status $status after $(cat "$kept/seconds") s" \
    "$(cat "$kept/counts")"
}
# shellcheck disable=SC2016
versions='. /etc/os-release
echo "system $PRETTY_NAME"
echo "g++ $(g++ -dumpfullversion)"
echo "CMake $(cmake --version | sed -n "s/^cmake version //p")"
echo "iasl $(iasl -v | sed -n "s/.*version //p")"
echo "QEMU $(qemu-system-x86_64 --version | sed -n "s/.*version \([0-9.]*\).*/\1/p")"
echo "fio $(fio --version)"
echo "ndctl $(ndctl --version)"
for file in /root/daxmend/build/guest/*/version /home/tester/daxmend/build/guest/*/version; do
  [ ! -e "$file" ] || echo "kernel $(cat "$file")"
done'

# The reference runs of a system, made where it was built.
references() {
  local platform=$1 to=results/reference
  [ "$platform" = debian12 ] || to=$to/$platform
  [ -e "$roots/$platform/root/daxmend/build" ] ||
    die "$platform has no build to make references with: --steps root:run first"
  mkdir -p "$roots/$platform.steps"
  echo "run.sh: $platform: results/reference/make.sh"
  in_root "$platform" root "cd /root/daxmend &&
    cmake --preset release '-DDAXMEND_GUEST_KERNEL_PACKAGES=linux-image-amd64;6.12' &&
    cmake --build --preset release --target daxmend fio-daxmend guest &&
    results/reference/make.sh --system $platform" \
    >"$roots/$platform.steps/references" 2>&1 ||
    die "no references of $platform: $roots/$platform.steps/references"
  local run job
  for run in "$roots/$platform/root/daxmend/$to"/*/run.json; do
    job=$(basename "$(dirname "$run")")
    mkdir -p "$top/$to/$job"
    cp "$run" "$top/$to/$job/run.json"
  done
}

value() { cat "$roots/$1" 2>/dev/null || true; }
# The median of job $2, path $3, in the CSV $1.
median() {
  awk -F, -v job="$2" -v path="$3" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["job"] == job && $column["path"] == path { print $column["p50"] }
  ' "$1" 2>/dev/null | head -n 1
}

page() {
  local platform step kept
  cat <<'END'
# On which systems it builds, passes, and what the main job gives there

Made by `tests/platforms/run.sh` (`--help` says how): a minimal root of each
system, the README's two commands typed in a fresh clone, as root and as an
ordinary user without sudo. Minutes are of a machine of 2 processors that was busy
with other work.

| system | user | command | commit | exit status | minutes | tests |
| --- | --- | --- | --- | ---: | ---: | --- |
END
  for platform in "${all[@]}"; do
    for step in "${all_steps[@]}" root:host; do
      kept=$platform.steps/$step
      [ -e "$roots/$kept/status" ] || continue
      local command=./quickstart
      case $step in
        *:test) command="./quickstart test" ;;
        # A bar would end the cell.
        *:host) command="./quickstart build; ctest of unit and fio" ;;
      esac
      echo "| $platform | ${step%:*} | \`$command\` | $(value "$kept/commit") |" \
        "$(value "$kept/status") |" \
        "$((($(value "$kept/seconds") + 30) / 60)) | $(value "$kept/counts") |"
    done
  done
  echo
  echo "What was skipped, why, and how many of them:"
  echo
  for platform in "${all[@]}"; do
    for step in root:test user:test; do
      kept=$roots/$platform.steps/$step/output
      [ ! -e "$kept" ] || sed -n "s/^skipped: /${platform}, ${step%:*}\t/p" "$kept"
    done
  done | awk -F '\t' '
    match($2, / \([^()]*\)$/) {
      reason = substr($2, 1, RSTART - 1)
      names = substr($2, RSTART)
      if (!(reason in where)) order[++reasons] = reason
      where[reason] = where[reason] (where[reason] ? "; " : "") $1 ": " \
        gsub(/,/, ",", names) + 1
    }
    END { for (i = 1; i <= reasons; ++i) print "- " order[i] ": " where[order[i]] }'
  echo
  echo "What these systems had:"
  echo
  for platform in "${all[@]}"; do
    [ -e "$roots/$platform.steps/versions" ] || continue
    echo "- $platform: $(sort -u "$roots/$platform.steps/versions" |
      awk '{ printf "%s%s", sep, $0; sep = ", " }')"
  done
  cat <<'END'

The main job (`jobs/recovery.fio`, virtual clock: guest instructions), medians:

| system | fast read | fast write | read recovered | write recovered |
| --- | ---: | ---: | ---: | ---: |
END
  for platform in "${all[@]}"; do
    for step in root:run user:run; do
      kept=$roots/$platform.steps/$step/csv
      [ -s "$kept" ] || continue
      echo "| $platform | $(median "$kept" fast-read fast) |" \
        "$(median "$kept" fast-write fast) | $(median "$kept" recover-read recovery) |" \
        "$(median "$kept" recover-write recovery) |"
      break
    done
  done
}

if [ -z "$print" ]; then
  [ "$(id -u)" = 0 ] || die "making roots needs root"
  command -v debootstrap >/dev/null ||
    die "debootstrap is not installed: apt-get install debootstrap"
  [ -z "$(git -C "$top" status --porcelain)" ] ||
    echo "run.sh: trying the last commit, without the changes in this tree" >&2
  mkdir -p "$roots"
  roots=$(cd "$roots" && pwd)
  for platform in "${platforms[@]}"; do
    make_root "$platform"
    for step in $(steps_of "$platform"); do
      case $step in
        root:references) references "$platform" ;;
        *) try "$platform" "$step" ;;
      esac
    done
  done
fi
[ -d "$roots" ] || die "nothing was tried in $roots"
page >"$top/results/reference/platforms.md.new"
mv "$top/results/reference/platforms.md.new" "$top/results/reference/platforms.md"
for platform in "${platforms[@]}"; do
  for step in $(steps_of "$platform"); do
    [ "$step" != root:references ] || continue
    [ -z "$print" ] || [ -e "$roots/$platform.steps/$step/status" ] || continue
    [ "$(value "$platform.steps/$step/status")" = 0 ] || exit 1
  done
done
