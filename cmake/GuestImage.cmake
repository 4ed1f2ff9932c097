# SPDX-License-Identifier: GPL-2.0-only
# What `daxmend vm` boots (machine/image/guest_image.h says what is where):
# firmware, kernels, and an initial file system in two parts, the distribution's
# programs, made once, and daxmend's own, made after every build.
#
# Defines the targets `guest` and, for packages, `firmware_tables`.

# Size and time of `programs` and of the libraries they load, in `file`, which
# changes when one of them does: an upgrade installs files that are older than what
# was made of the ones before.
function(daxmend_note_programs file programs)
  set(files ${programs})
  foreach(program IN LISTS programs)
    execute_process(COMMAND ldd ${program} OUTPUT_VARIABLE loads ERROR_QUIET)
    string(REGEX MATCHALL "/[^ \n]+" loads "${loads}")
    list(APPEND files ${loads})
  endforeach()
  list(REMOVE_DUPLICATES files)
  list(SORT files)
  set(text "")
  foreach(name IN LISTS files)
    file(REAL_PATH ${name} name)
    if(EXISTS ${name})
      file(SIZE ${name} size)
      file(TIMESTAMP ${name} time "%s" UTC)
      string(APPEND text "${name} ${size} ${time}\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
endfunction()

function(daxmend_guest_image)
  set(directory ${PROJECT_BINARY_DIR}/guest)
  set(room ${PROJECT_SOURCE_DIR}/machine)
  file(MAKE_DIRECTORY ${directory})

  find_program(IASL iasl)
  if(NOT IASL)
    message(FATAL_ERROR "iasl is not installed: install the package "
      "acpica-tools, or configure with -DDAXMEND_GUEST=OFF")
  endif()
  set(files "")
  foreach(table IN ITEMS nfit ssdt)
    add_custom_command(OUTPUT ${directory}/${table}.aml
      COMMAND sh ${room}/image/firmware.sh ${IASL} ${room}/${table}.asl
              ${directory}/${table}.aml
      DEPENDS ${room}/${table}.asl ${room}/image/firmware.sh
      COMMENT "Compiling the firmware table ${table}"
      VERBATIM)
    list(APPEND files ${directory}/${table}.aml)
  endforeach()

  include(GuestKernel)
  string(REPLACE ";" "\n" kernel_lines "${DAXMEND_GUEST_KERNELS}")
  file(CONFIGURE OUTPUT ${directory}/images CONTENT "${kernel_lines}\n")
  list(APPEND files ${DAXMEND_GUEST_KERNEL_FILES})

  set(programs "")
  foreach(name IN LISTS DAXMEND_GUEST_PROGRAMS)
    find_program(program NAMES ${name} NO_CACHE PATHS /usr/sbin /sbin)
    if(NOT program)
      message(FATAL_ERROR "${name} is not installed, and guests need it: "
        "install it, or configure with -DDAXMEND_GUEST=OFF")
    endif()
    list(APPEND programs ${program})
    unset(program)
  endforeach()
  find_program(BUSYBOX busybox)
  mark_as_advanced(BUSYBOX)
  daxmend_note_programs(${directory}/programs "${programs};${BUSYBOX}")
  set(base ${directory}/base.cpio.zst)
  add_custom_command(OUTPUT ${base} ${base}.files
    COMMAND sh ${room}/image/base.sh ${base} ${directory}/base.tree ${programs}
    DEPENDS ${room}/image/base.sh ${directory}/programs
    COMMENT "Making the guest's file system"
    VERBATIM)

  set(products "")
  foreach(target IN ITEMS daxmend fio-daxmend)
    if(TARGET ${target})
      list(APPEND products $<TARGET_FILE:${target}>)
    endif()
  endforeach()
  file(GLOB jobs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/jobs/*.fio)
  set(overlay ${directory}/overlay.cpio.zst)
  add_custom_command(OUTPUT ${overlay}
    COMMAND sh ${room}/image/overlay.sh ${overlay} ${directory}/overlay.tree
            ${base}.files ${room}/image/init.sh ${PROJECT_SOURCE_DIR}/jobs
            ${products}
    DEPENDS ${room}/image/overlay.sh ${room}/image/init.sh ${base}.files
            ${jobs} ${products}
    COMMENT "Putting daxmend into the guest's file system"
    VERBATIM)
  add_custom_target(guest ALL DEPENDS ${files} ${base} ${overlay})

  # Installed is what makes an image, not one: most of an image is the machine's
  # own fio, ndctl and kernel (machine/image/image_cache.h).
  add_custom_target(firmware_tables DEPENDS
    ${directory}/nfit.aml ${directory}/ssdt.aml)
  file(GLOB scripts CONFIGURE_DEPENDS ${room}/image/*.sh
    ${PROJECT_SOURCE_DIR}/cmake/apt.sh)
  list(FILTER scripts EXCLUDE REGEX "/firmware\\.sh$")
  set(destination ${CMAKE_INSTALL_DATADIR}/daxmend/guest)
  install(FILES ${directory}/nfit.aml ${directory}/ssdt.aml
    DESTINATION ${destination} COMPONENT daxmend)
  install(PROGRAMS ${scripts} DESTINATION ${destination} COMPONENT daxmend)
endfunction()

# daxmend and its engine are targets of directories that come later.
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL daxmend_guest_image)
