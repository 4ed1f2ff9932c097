#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# This project gates itself: judges a run of this tree against the reference run
# of its job that was made on the same kernel, QEMU, CPU model and fio: that of
# REFERENCES/JOB (Debian 12) or of REFERENCES/SYSTEM/JOB (debian13, ...). Skipped
# (77), with the reason, where none can be compared: on another system, or after a
# change of the job file.
#
#   reference.sh DAXMEND REFERENCES JOB RUN
#
# RUN is the directory of a run under the virtual clock; it is made when it has
# no run.json.
set -eu
daxmend=$1 references=$2 job=$3 run=$4
if [ ! -e "$run/run.json" ]; then
  DAXMEND=$daxmend "$references/make.sh" --to "$run" "$job" || exit 1
  run=$run/$job
fi
refused=$(mktemp)
trap 'rm -f "$refused"' EXIT
for reference in "$references/$job" "$references"/*/"$job"; do
  [ -e "$reference/run.json" ] || continue
  status=0
  "$daxmend" gate "$reference" "$run" --policy "$references/policy.json" \
    >"$refused.this" 2>&1 || status=$?
  if [ "$status" = 2 ]; then
    { echo "$reference:" && cat "$refused.this"; } >>"$refused"
    rm "$refused.this"
    continue
  fi
  cat "$refused.this"
  rm "$refused.this"
  [ "$status" != 0 ] || exit 0
  cat <<END

This tree's jobs/$job.fio is not what $reference/run.json says: the lines above
name the job, the path and by how many instructions. If nobody meant that, it is a
regression. If it is meant, make the reference again (results/reference/README.md,
"Reference runs") and commit it with the change: its difference is what the change
costs.
END
  exit "$status"
done
echo "no reference run of $job can be compared with this one:"
cat "$refused"
exit 77
