#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# This project gates itself: judges a run of this tree against the reference run
# of its job. Skipped (77), with the reason, where the two cannot be compared:
# another kernel, QEMU, CPU model or fio than the reference's, or a job file
# that changed since.
#
#   reference.sh DAXMEND REFERENCES JOB RUN
#
# RUN is the directory of a run under the virtual clock; it is made when it has
# no run.json.
set -eu
daxmend=$1 reference=$2/$3 job=$3 run=$4
if [ ! -e "$run/run.json" ]; then
  DAXMEND=$daxmend "$2/make.sh" --to "$run" "$job" || exit 1
  run=$run/$job
fi
status=0
"$daxmend" gate "$reference" "$run" --policy "$2/policy.json" || status=$?
case $status in
  0) ;;
  1)
    cat <<END

This tree's jobs/$job.fio is not what results/reference/$job/run.json says: the
lines above name the job, the path and by how many instructions. If nobody meant
that, it is a regression. If it is meant, make the reference again,
  results/reference/make.sh $job
and commit it with the change: its difference is what the change costs.
END
    ;;
  2) exit 77 ;;
esac
exit "$status"
