# SPDX-License-Identifier: GPL-2.0-only
# The guest's kernels: the distribution's stock ones, downloaded when the target
# is first built and unpacked in the build tree, never installed.
#
# Sets DAXMEND_GUEST_KERNELS, the names of the directories that hold one
# (machine/image/guest_image.h), and DAXMEND_GUEST_KERNEL_FILES.
set(DAXMEND_GUEST_KERNEL_PACKAGES linux-image-amd64 CACHE STRING
  "Kernels for guests, the first is the stock one: PACKAGE, PACKAGE/SUITE, or a \
VERSION (6.12) to look for in this machine's suites and Debian's others")
set(GUEST_KERNEL "" CACHE FILEPATH "A vmlinuz to use instead of the packages")
set(GUEST_MODULES "" CACHE PATH "GUEST_KERNEL's lib/modules/VERSION directory")

set(DAXMEND_GUEST_KERNELS "")
set(DAXMEND_GUEST_KERNEL_FILES "")

function(daxmend_guest_kernel name)
  set(directory ${PROJECT_BINARY_DIR}/guest/${name})
  set(room ${PROJECT_SOURCE_DIR}/machine/image)
  set(files ${directory}/version ${directory}/kernel
    ${directory}/modules.cpio.zst)
  # In the terminal, because it says what it downloads.
  add_custom_command(OUTPUT ${files}
    COMMAND sh ${room}/kernel.sh ${directory} ${ARGN}
    DEPENDS ${room}/kernel.sh ${room}/kernel_package.sh
    COMMENT "Making the guest kernel ${name}"
    USES_TERMINAL VERBATIM)
  set(DAXMEND_GUEST_KERNELS ${DAXMEND_GUEST_KERNELS} ${name} PARENT_SCOPE)
  set(DAXMEND_GUEST_KERNEL_FILES ${DAXMEND_GUEST_KERNEL_FILES} ${files}
    PARENT_SCOPE)
endfunction()

# Whether `version` is the one that the package `stock` has.
function(daxmend_is_stock_version stock version out)
  set(${out} OFF PARENT_SCOPE)
  execute_process(COMMAND apt-cache depends --important ${stock}
    OUTPUT_VARIABLE depends ERROR_QUIET RESULT_VARIABLE status)
  string(REPLACE "." "\\." version "${version}")
  if(depends MATCHES " linux-image-${version}[-+.]")
    set(${out} ON PARENT_SCOPE)
  endif()
endfunction()

if(GUEST_KERNEL)
  if(NOT GUEST_MODULES)
    message(FATAL_ERROR
      "GUEST_KERNEL needs GUEST_MODULES=, its lib/modules/VERSION directory")
  endif()
  daxmend_guest_kernel(custom ${GUEST_KERNEL} ${GUEST_MODULES})
else()
  list(GET DAXMEND_GUEST_KERNEL_PACKAGES 0 stock)
  foreach(which IN LISTS DAXMEND_GUEST_KERNEL_PACKAGES)
    if(which MATCHES "^[0-9]")
      # No kernel twice: `daxmend vm --kernel 6.12` finds the stock one, too.
      daxmend_is_stock_version(${stock} ${which} is_stock)
      if(is_stock)
        continue()
      endif()
    endif()
    string(REPLACE "/" "_" name ${which})
    daxmend_guest_kernel(${name} ${which} ${PROJECT_SOURCE_DIR}/cmake/apt.sh
      ${PROJECT_BINARY_DIR}/apt)
  endforeach()
endif()
