# SPDX-License-Identifier: GPL-2.0-only
# Other QEMUs than the installed one, for `daxmend vm --qemu VERSION`: fetched
# from any suite of Debian and unpacked in the build tree with the libraries they
# need, never installed. What needs QEMU 10.1 runs on Debian 12 with one.
#
# Defines the target `qemu`, which does nothing where none is named.
set(DAXMEND_QEMU_PACKAGES "" CACHE STRING
  "QEMUs to fetch: PACKAGE/SUITE (qemu-system-x86/trixie-backports)")

set(files "")
foreach(which IN LISTS DAXMEND_QEMU_PACKAGES)
  string(REPLACE "/" "_" name ${which})
  set(directory ${PROJECT_BINARY_DIR}/qemu/${name})
  set(script ${PROJECT_SOURCE_DIR}/machine/image/qemu_package.sh)
  # In the terminal, because it says what it downloads.
  add_custom_command(OUTPUT ${directory}/version
    COMMAND sh ${script} ${PROJECT_SOURCE_DIR}/cmake/apt.sh
            ${PROJECT_BINARY_DIR}/apt ${directory} ${which}
    DEPENDS ${script}
    COMMENT "Fetching the QEMU of ${which}"
    USES_TERMINAL VERBATIM)
  list(APPEND files ${directory}/version)
endforeach()
add_custom_target(qemu ALL DEPENDS ${files})
