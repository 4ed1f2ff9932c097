# SPDX-License-Identifier: GPL-2.0-only
# The guest's kernels: the distribution's stock ones, downloaded when the target
# is first built and unpacked in the build tree, never installed.
#
# Sets DAXMEND_GUEST_KERNELS, the names of the directories that hold one
# (inject/nvdimm/guest_image.h), and DAXMEND_GUEST_KERNEL_FILES.
set(DAXMEND_GUEST_KERNEL_PACKAGES linux-image-amd64 CACHE STRING
  "Packages with the kernels for guests; the first is the stock one")
set(GUEST_KERNEL "" CACHE FILEPATH "A vmlinuz to use instead of the packages")
set(GUEST_MODULES "" CACHE PATH "GUEST_KERNEL's lib/modules/VERSION directory")

set(DAXMEND_GUEST_KERNELS "")
set(DAXMEND_GUEST_KERNEL_FILES "")

function(daxmend_guest_kernel name)
  set(directory ${PROJECT_BINARY_DIR}/guest/${name})
  set(script ${PROJECT_SOURCE_DIR}/inject/nvdimm/image/kernel.sh)
  set(files ${directory}/version ${directory}/kernel
    ${directory}/modules.cpio.zst)
  add_custom_command(OUTPUT ${files}
    COMMAND sh ${script} ${directory} ${ARGN}
    DEPENDS ${script}
    COMMENT "Making the guest kernel ${name}"
    VERBATIM)
  set(DAXMEND_GUEST_KERNELS ${DAXMEND_GUEST_KERNELS} ${name} PARENT_SCOPE)
  set(DAXMEND_GUEST_KERNEL_FILES ${DAXMEND_GUEST_KERNEL_FILES} ${files}
    PARENT_SCOPE)
endfunction()

if(GUEST_KERNEL)
  if(NOT GUEST_MODULES)
    message(FATAL_ERROR
      "GUEST_KERNEL needs GUEST_MODULES=, its lib/modules/VERSION directory")
  endif()
  daxmend_guest_kernel(custom ${GUEST_KERNEL} ${GUEST_MODULES})
else()
  foreach(package IN LISTS DAXMEND_GUEST_KERNEL_PACKAGES)
    daxmend_guest_kernel(${package} ${package})
  endforeach()
endif()
