#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# collect_by_ssh.sh DAXMEND RUN SCRATCH
#
# daxmend collect from a real sshd on the loopback, with keys made for it: RUN is
# what the hosts have. sshd is the installed one, or Debian's package unpacked in
# SCRATCH, which wants apt and the network.
set -euo pipefail
daxmend=$(readlink -f "$1")
run=$(readlink -f "$2")
scratch=$3
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
libraries=
sshd=$(PATH=$PATH:/usr/sbin command -v sshd || true)
if [ -z "$sshd" ]; then
  echo "# sshd is not installed: unpacking openssh-server"
  apt-get download openssh-server libwrap0 >apt.out 2>&1 || { cat apt.out >&2 && exit 2; }
  for package in *.deb; do dpkg -x "$package" root; done
  sshd=$PWD/root/usr/sbin/sshd
  libraries=$(dirname "$(find "$PWD/root" -name 'libwrap.so.0' | head -n 1)")
fi
command -v ssh >/dev/null || { echo "ssh is not installed: apt install openssh-client" >&2 && exit 2; }
# The superuser's sshd wants a directory and a user, which the package makes when
# it is installed: here the user is there for this sshd alone.
start=(env "LD_LIBRARY_PATH=$libraries")
if [ "$(id -u)" = 0 ]; then
  mkdir -p /run/sshd
  if ! getent passwd sshd >/dev/null; then
    { cat /etc/passwd && echo 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin'; } >passwd
    # shellcheck disable=SC2016
    start=(unshare -m sh -c 'mount --bind passwd /etc/passwd && exec "$@"' sh "${start[@]}")
  fi
fi

ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f user_key
cp user_key.pub authorized_keys
port=$((20000 + $$ % 20000))
cat >sshd_config <<END
Port $port
ListenAddress 127.0.0.1
HostKey $PWD/host_key
AuthorizedKeysFile $PWD/authorized_keys
StrictModes no
UsePAM no
PidFile none
END
"${start[@]}" "$sshd" -D -e -f "$PWD/sshd_config" 2>sshd.log &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 150); do
  grep -q "Server listening" sshd.log && break
  kill -0 $server 2>/dev/null || { cat sshd.log >&2 && exit 2; }
  sleep 0.2
done
options="-p $port -i $PWD/user_key -o BatchMode=yes -o ConnectTimeout=10 \
-o UserKnownHostsFile=$PWD/known_hosts -o StrictHostKeyChecking=no -o LogLevel=ERROR -F none"

mkdir -p "there/it's here"
cp "$run/run.json" "there/it's here/"
status=0
result() { # WHAT WHY
  if [ -z "$2" ]; then echo "ok - $1"; else
    echo "not ok - $1: $2"
    sed 's/^/# /' out err sshd.log
    status=1
  fi
}
collect() {
  got=0
  "$daxmend" collect --from "$PWD/there/it's here" --out all "$@" >out 2>err || got=$?
}

collect -e "ssh $options" 127.0.0.1 localhost
result "both names of the host are collected" "$([ $got = 0 ] || echo "status $got")"
result "byte for byte" "$(for host in 127.0.0.1 localhost; do
  cmp "$run/run.json" "all/hosts/$host/run.json" 2>&1 || true
done)"
result "and added up" "$(grep -q '2 hosts' out || echo "not in the table")"
: >authorized_keys
collect -e "ssh $options" 127.0.0.1
result "a host that takes no key is one line, status 2" "$(
  [ $got = 2 ] || echo "status $got"
  grep -q 'host 127.0.0.1 cannot be reached (.*Permission denied' err || echo "not said"
  [ "$(wc -l <err)" = 1 ] || echo "more than one line"
)"
kill $server
wait $server 2>/dev/null || true
collect -e "ssh $options" 127.0.0.1
result "so is one that is down" "$(
  [ $got = 2 ] || echo "status $got"
  grep -q 'Connection refused' err || echo "not said"
  [ "$(wc -l <err)" = 1 ] || echo "more than one line"
)"
exit $status
