# SPDX-License-Identifier: GPL-2.0-only
#
# For scripts of this folder that ask every kernel the same; sourced.
#
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
