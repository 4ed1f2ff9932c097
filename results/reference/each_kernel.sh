# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts of this folder that ask every kernel the same; sourced at their end, on
# the host and in the guest.

# run_part WORD...: what a script does by its first word: `inside`, its part in the
# guest; `one`, a boot (see each_kernel); and without either host(), with a directory
# $scratch that goes when it ends.
run_part() {
  case ${1-} in
    inside | one) "$@" ;;
    *)
      scratch=$(mktemp -d)
      trap 'rm -rf "$scratch"' EXIT
      host "$@"
      ;;
  esac
}

# each_kernel SCRATCH BUILD: runs `$0 one SCRATCH BUILD KERNEL FS` for each of the
# stock kernels that BUILD has guests for, ext4 and xfs, JOBS (1) at a time. Leaves
# their versions in SCRATCH/kernels, in order. Fails when one of them does.
each_kernel() {
  for version in "$2"/guest/*/version; do
    cat "$version"
  done | grep -v -e -daxmend- | sort -V | uniq >"$1/kernels"
  while read -r kernel; do
    printf '%s\n' "$kernel ext4" "$kernel xfs"
  done <"$1/kernels" |
    xargs -P "${JOBS:-1}" -L 1 "$0" one "$1" "$2"
}

# The median of path $3 of job $2 in the CSV $1 of a report.
median() {
  awk -F, -v job="$2" -v path="$3" '
    NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    $column["job"] == job && $column["path"] == path { print $column["p50"] }
  ' "$1"
}
