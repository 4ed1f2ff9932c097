#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# type.sh DIRECTORY
#
# Types the commands that are in DIRECTORY (*.command, a whole command each) one
# after the other into this one shell, as a user does: what one leaves behind, a
# variable or a working directory, the next one finds. Prints each with its
# output. Fails when one of them fails or ends the shell, naming it, its exit
# status and what it printed. For bash, and for the busybox of the guest.
readme_directory=$1
readme_output=$(mktemp)
readme_command='(none)' readme_failed=0
exec 9>&1
trap 'rm -f "$readme_output"' EXIT

# A reference run is of one system, and of this tree's job file: on another
# system the gate says so and gives no verdict, as its line in the README says.
readme_is_another_system() {
  [ "$readme_status" = 2 ] &&
    grep -q '^daxmend gate: these runs cannot be compared: ' "$readme_output" &&
    ! grep -qE 'job text \(|whole record \(|file system \(|clock \(' \
      "$readme_output"
}

for readme_file in "$readme_directory"/*.command; do
  readme_command=$(cat "$readme_file")
  printf '$ %s\n' "$readme_command"
  readme_status=ended
  # In bash the output is still the redirected one then.
  trap '{ sed "s/^/    /" "$readme_output"
        printf "not ok - ends the shell: %s\n" "$readme_command"; } >&9; exit 1' EXIT
  . "$readme_file" </dev/null >"$readme_output" 2>&1
  readme_status=$?
  trap 'rm -f "$readme_output"' EXIT
  sed 's/^/    /' "$readme_output"
  if [ "$readme_status" = 0 ]; then
    echo "ok - exit status 0"
  elif readme_is_another_system; then
    echo "ok - exit status 2, for this is another system than the reference's"
  else
    readme_failed=1
    printf 'not ok - exit status %s, after the lines above: %s\n' \
      "$readme_status" "$readme_command"
  fi
done
[ "$readme_command" != '(none)' ] || {
  echo "not ok - no command in $readme_directory"
  exit 1
}
exit $readme_failed
