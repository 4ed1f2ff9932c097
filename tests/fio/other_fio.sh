#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# other_fio.sh FIO-SOURCE ENGINE SCRATCH: builds a second fio, which calls itself
# another version, from the source the engine was built for, and sees that it
# cannot load the engine while the engine says why. Takes minutes: on demand,
#
#   ctest --preset release -C ondemand -R fio.other_build
set -eu
source=$1 engine=$2 scratch=$3
rm -rf "$scratch"
mkdir -p "$scratch"
cp -R "$source" "$scratch/fio"
cd "$scratch/fio"
# What FIO-VERSION-GEN takes for the version where it is no git tree.
echo fio-3.33-another >version
rm -f FIO-VERSION-FILE
make -s -j2 fio >../make.log 2>&1 || {
  tail -n 20 ../make.log
  exit 2
}
version=$(./fio --version)
echo "built $version"
[ "$version" = fio-3.33-another ]

status=0
./fio --name=job --ioengine="external:$engine" --allow_nodax=1 --size=1m \
  --filename="$scratch/file" >../out 2>../err || status=$?
cat ../err
[ "$status" != 0 ]
grep -q "daxmend: this engine was built for fio-.* and is loaded by $version" \
  ../err
[ ! -e "$scratch/file" ]
rm -rf "$scratch"
echo "ok: refused, and nothing was written"
