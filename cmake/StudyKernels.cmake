# SPDX-License-Identifier: GPL-2.0-only
# The kernels of kernel/README.md, on demand: cmake --build --preset kernels.
# One after the other: each keeps all cores busy and begins with what the one
# before has built.
add_custom_target(kernels)
set(before "")
foreach(variant IN ITEMS mainline none flag flag-late)
  add_custom_target(kernel_${variant}
    COMMAND sh ${PROJECT_SOURCE_DIR}/kernel/build.sh ${variant}
            ${PROJECT_BINARY_DIR}/kernels ${PROJECT_BINARY_DIR}/guest
    USES_TERMINAL VERBATIM)
  if(before)
    add_dependencies(kernel_${variant} kernel_${before})
  endif()
  add_dependencies(kernels kernel_${variant})
  set(before ${variant})
endforeach()
add_dependencies(kernels guest)
