#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# quickstart.sh SCRATCH: what ./quickstart says and refuses before it builds, with
# programs of this test's own in place of those that install, build and fetch.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "${scratch:?}"/*
mkdir -p "$scratch/tree/cmake" "$scratch/bin"
cp "$top/quickstart" "$scratch/tree"
cp -R "$top/cmake/quickstart" "$scratch/tree/cmake"
cd "$scratch/tree"
count=0 failed=0

# The programs; what they are asked is in "asked", what they shall do in files.
fake() {
  printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
fake dpkg-query 'for package; do :; done
grep -qx "$package" "$FAKES/missing" || echo "ii "'
fake id 'cat "$FAKES/user"'
fake df 'printf "Filesystem\nx x x %s x x\n" "$(cat "$FAKES/free")"'
fake apt-get 'echo "apt-get $*" >>"$FAKES/asked"
case "$*" in
  *--print-uris*) echo "Need to get 12 MB/178 MB of archives."
    echo "After this operation, 784 MB of additional disk space will be used." ;;
esac
exit "$(cat "$FAKES/apt-status")"'
fake cmake 'echo "cmake $*" >>"$FAKES/asked"
cat "$FAKES/cmake-says"
exit "$(cat "$FAKES/cmake-status")"'
export FAKES=$scratch
set_up() {
  : >"$scratch/missing"
  echo 0 >"$scratch/user"
  echo 90000 >"$scratch/free"
  echo 0 >"$scratch/apt-status"
  : >"$scratch/cmake-says"
  echo 0 >"$scratch/cmake-status"
  : >"$scratch/asked"
  rm -rf build
}
# Without sudo.
quickstart() {
  local status=0
  PATH="$scratch/bin:/usr/bin:/bin" bash ./quickstart "$@" >"$scratch/out" 2>&1 ||
    status=$?
  echo "$status" >"$scratch/status"
}
check() {
  local what=$1
  shift
  count=$((count + 1))
  if "$@" >"$scratch/checked" 2>&1; then
    echo "ok $count - $what"
  else
    failed=$((failed + 1))
    echo "not ok $count - $what"
    sed 's/^/# /' "$scratch/out" "$scratch/checked"
  fi
}
status() { [ "$(cat "$scratch/status")" = "$1" ]; }
says() { grep -qE -e "$1" "$scratch/out"; }
asked() { grep -qE -e "$1" "$scratch/asked"; }
# quickstart's last words: one line.
last() { tail -n 1 "$scratch/out" | grep -qE -e "^quickstart: .*$1"; }

set_up
quickstart build
check "with everything there nothing is installed" \
  sh -c "! grep -q apt-get '$scratch/asked'"
check "it says what it fetches, how much disk and time" \
  sh -c "grep -q '^fetched:' '$scratch/out' && grep -q '^disk:.*MB free' '$scratch/out' && grep -q '^time:.*minutes' '$scratch/out'"
check "and builds" asked "cmake --build --preset release"
check "with status 0" status 0

set_up
echo fio >"$scratch/missing"
quickstart build
check "what is missing is said, with its size, before it is installed" \
  sh -c "grep -n . '$scratch/out' | grep -q 'packages: 12 MB to download, 784 MB on disk'"
check "and installed" asked "apt-get install .*-y .*fio"
check "after the lists were fetched" \
  sh -c "head -n 1 '$scratch/asked' | grep -q 'apt-get update'"

set_up
echo fio >"$scratch/missing"
echo 1000 >"$scratch/user"
quickstart build
check "an ordinary user without sudo is told what root shall run" \
  last "let root run 'apt-get install --no-install-recommends fio"
check "with status 2" status 2
check "and nothing is asked of anybody" [ ! -s "$scratch/asked" ]

set_up
echo 1000 >"$scratch/user"
quickstart build
check "with the packages there an ordinary user needs no root" status 0

set_up
echo 100 >"$scratch/free"
echo fio >"$scratch/missing"
quickstart
check "a disk that is too small is refused, with what is needed" \
  last "100 MB free .* takes [0-9]+ more"
check "before anything is installed or built" \
  sh -c "! grep -qE 'apt-get (-q )?install -q -y --no|cmake' '$scratch/asked'"

set_up
echo fio >"$scratch/missing"
echo 100 >"$scratch/apt-status"
quickstart build
check "an apt that fails is one line" last "apt-get update failed"
check "and status 2" status 2

set_up
quickstart -DFIO_SOURCE_DIR=/src/fio build
check "-D is passed to cmake" asked "cmake --preset release -DFIO_SOURCE_DIR=/src/fio"

set_up
printf '%s\n' "-- a line of cmake's" "daxmend: fio headers: the mirror lacks it" \
  "CMake Error at x:1 (message):" "  fio headers: see above" >"$scratch/cmake-says"
echo 1 >"$scratch/cmake-status"
quickstart build
check "what our own files say is shown" says "^fio headers: the mirror lacks it"
check "without CMake's own frame" sh -c "! grep -q 'CMake Error' '$scratch/out'"
check "and status 2" status 2
printf '%s\n' "CMake Error: no compiler" >"$scratch/cmake-says"
quickstart build
check "any other error is shown whole" says "no compiler"

set_up
quickstart frobnicate
check "what is no command is named" last "'frobnicate'"
check "with status 2" status 2
quickstart build test
check "two commands are refused" last "build and test exclude each other"
quickstart qemu
check "a QEMU is fetched by name" \
  asked "DAXMEND_QEMU_PACKAGES=qemu-system-x86/trixie-backports"

# What a CI log ends with, from what ctest leaves.
mkdir -p build
cat >build/junit.xml <<'END'
<testsuite>
	<testcase name="Read.Of&lt;a page&gt;" classname="Read" time="1" status="fail">
		<failure message="Failed"/>
		<system-out>Value of: &quot;a&quot; &amp; b
</system-out>
	</testcase>
	<testcase name="Write.Good" classname="Write" time="1" status="run">
		<system-out>unasked</system-out>
	</testcase>
</testsuite>
END
awk -f cmake/quickstart/junit.awk -f cmake/quickstart/failures.awk \
  build/junit.xml >"$scratch/out"
check "a failed test is named with the build" says '^-- Read.Of<a page> [(]build[)] failed:'
check "and what it printed is there" says '^Value of: "a" & b$'
check "of those that passed there is nothing" sh -c "! grep -q unasked '$scratch/out'"
cat >build/junit.xml <<'END'
<testsuite>
	<testcase name="kernels.a" classname="kernels.a" time="1" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out>not run: the kernel &quot;flag&quot; is not built
see kernel/README.md
</system-out>
	</testcase>
	<testcase name="Watch.It" classname="Watch" time="1" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>Running main() from gtest_main.cc
[ RUN      ] Watch.It
/a/b/watch_test.cc:35: Skipped
needs the privilege to mount

[  SKIPPED ] Watch.It (0 ms)
</system-out>
	</testcase>
	<testcase name="kernels.b" classname="kernels.b" time="1" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out>not run: the kernel &quot;flag&quot; is not built
</system-out>
	</testcase>
	<testcase name="Write.Good" classname="Write" time="1" status="run">
		<system-out>unasked</system-out>
	</testcase>
</testsuite>
END
awk -f cmake/quickstart/junit.awk -f cmake/quickstart/skipped.awk \
  build/junit.xml >"$scratch/out"
check "skipped tests are named once for each reason" \
  says '^skipped: not run: the kernel "flag" is not built [(]kernels.a, kernels.b[)]$'
check "GoogleTest's reason is found" \
  says '^skipped: needs the privilege to mount [(]Watch.It[)]$'
check "those that ran are not among them" \
  sh -c "! grep -qE 'unasked|Good' '$scratch/out'"

echo "1..$count"
echo "$((count - failed)) checks passed, $failed failed"
[ "$failed" = 0 ]
