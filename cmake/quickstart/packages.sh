# SPDX-License-Identifier: GPL-2.0-only
#
# For quickstart: Debian's packages, by the names that all its releases have, and
# which of them are missing.

# What the build, the guest image and the report need.
packages=(
  acpica-tools build-essential ca-certificates cmake cpio dpkg-dev e2fsprogs
  busybox-static fio gnuplot-nox kmod libbenchmark-dev libboost-math-dev
  libcli11-dev libdaxctl-dev libelf-dev libfmt-dev libgmock-dev libgtest-dev libndctl-dev
  libsqlite3-dev ndctl ninja-build nlohmann-json3-dev pkg-config
  qemu-system-x86 uuid-dev xfsprogs xz-utils zstd
)
# What only the tests need.
test_packages=(
  chromium clang clang-format clang-tidy codespell groff-base libclang-rt-dev
  patch shellcheck
)
# What building kernels needs, and testing them.
kernel_packages=(bc bison dmsetup flex libelf-dev patch)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  else sudo "$@"
  fi
}

# Prints those of the packages $@ that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" in
      ii*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# Refuses what cannot be installed by who is there.
may_install() {
  local missing=$*
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "packages are missing and there is no sudo: let root run 'apt-get install --no-install-recommends $missing', then run this again"
}

install_packages() {
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
    --no-install-recommends "$@" ||
    die "apt-get could not install $*: see its output above; this tree is unchanged"
}
