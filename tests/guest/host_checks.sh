# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Checks on the host, about what boots have left: one "ok" or "not ok" line each.
# For a script that ends with `exit $status`.

# shellcheck disable=SC2034  # the script's exit status
status=0

# check WHAT COMMAND...: COMMAND must succeed.
check() {
  host_what=$1
  shift
  if "$@" >/dev/null; then
    echo "ok - $host_what"
  else
    echo "not ok - $host_what"
    status=1
  fi
}
