# SPDX-License-Identifier: GPL-2.0-only
#
# Debian packages: cmake --build --preset release --target package leaves them in
# the build tree. The target is ours, not CPack's: that one would have all tests
# built first.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME daxmend)
# Each package has a summary of its own, the first line of its description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_PACKAGE_CONTACT "${DAXMEND_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_OUTPUT_CONFIG_FILE ${CMAKE_CURRENT_BINARY_DIR}/CPackConfig.cmake)
set(CPACK_SOURCE_OUTPUT_CONFIG_FILE
  ${CMAKE_CURRENT_BINARY_DIR}/CPackSourceConfig.cmake)
set(CPACK_COMPONENTS_ALL
  daxmend fio-daxmend libdaxmend-copy1 libdaxmend-copy-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DAXMEND_PACKAGE_NAME daxmend)
set(CPACK_DEBIAN_DAXMEND_PACKAGE_CONTROL_EXTRA
  "${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm;${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm")
# What `daxmend vm` makes its guest image of and boots it with, and what draws the
# plots of a report. Without them the rest works.
set(CPACK_DEBIAN_DAXMEND_PACKAGE_RECOMMENDS
  "fio-daxmend (= ${daxmend_package_version}), busybox-static, cpio, e2fsprogs, \
fio, gnuplot-nox | gnuplot, kmod, ndctl, qemu-system-x86, xfsprogs, xz-utils, zstd")
set(CPACK_COMPONENT_DAXMEND_DESCRIPTION
"What recovery from poisoned persistent memory costs
Measures what it costs to recover from poison (uncorrectable errors) in
persistent memory, and what being able to recover costs everybody else: it
injects poison into files of a DAX file system and takes it out again, runs
fio jobs over it, reports every path's latency, gates one run against
another, and checks NVDIMM firmware.
.
No NVDIMM is needed: 'daxmend vm' boots one that is emulated in QEMU, with
this machine's own kernel package. The guest's image is made on first use in
the user's cache directory (~/.cache/daxmend).")

set(CPACK_DEBIAN_FIO-DAXMEND_PACKAGE_NAME fio-daxmend)
set(CPACK_DEBIAN_FIO-DAXMEND_PACKAGE_ENHANCES "fio, daxmend")
set(engine_for "fio's structures change without its interface's number changing")
if(FIO_SOURCE_DIR)
  set(CPACK_DEBIAN_FIO-DAXMEND_PACKAGE_RECOMMENDS fio)
  string(APPEND engine_for ": this one is for a fio (${FIO_VERSION}) that is no \
package")
else()
  execute_process(COMMAND dpkg-query -W -f "\${Version}" fio
    OUTPUT_VARIABLE fio_package COMMAND_ERROR_IS_FATAL ANY)
  set(CPACK_DEBIAN_FIO-DAXMEND_PACKAGE_DEPENDS "fio (= ${fio_package})")
endif()
set(CPACK_COMPONENT_FIO-DAXMEND_DESCRIPTION
"fio engine that recovers from poisoned persistent memory
An ioengine for fio that does I/O on DAX files with and without recovery from
poison, and keeps every path's latency apart.
.
It works in the one version of fio it was built for, which is why it depends
on exactly that: ${engine_for}.")

set(CPACK_DEBIAN_LIBDAXMEND-COPY1_PACKAGE_NAME libdaxmend-copy1)
set(CPACK_DEBIAN_LIBDAXMEND-COPY1_PACKAGE_SECTION libs)
# CPack writes these for all packages or none.
set(CPACK_DEBIAN_LIBDAXMEND-COPY1_PACKAGE_CONTROL_EXTRA
  "${CMAKE_CURRENT_SOURCE_DIR}/debian/libdaxmend-copy1/shlibs;${CMAKE_CURRENT_SOURCE_DIR}/debian/libdaxmend-copy1/triggers")
set(CPACK_COMPONENT_LIBDAXMEND-COPY1_DESCRIPTION
"memcpy that survives poisoned memory, shared library
Copies from and to a mapping of persistent memory, or of any file, and says how
far it came where memcpy would die of SIGBUS; handlers for the faults of other
code, and records of all faults in a stretch of mapped memory.")
set(CPACK_DEBIAN_LIBDAXMEND-COPY-DEV_PACKAGE_NAME libdaxmend-copy-dev)
set(CPACK_DEBIAN_LIBDAXMEND-COPY-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBDAXMEND-COPY-DEV_PACKAGE_DEPENDS
  "libdaxmend-copy1 (= ${daxmend_package_version})")
set(CPACK_COMPONENT_LIBDAXMEND-COPY-DEV_DESCRIPTION
"memcpy that survives poisoned memory, development files
Copies from and to a mapping of persistent memory, or of any file, and says how
far it came where memcpy would die of SIGBUS.
.
This package has the C header, the static library, the manual page and
examples.")

include(CPack)
set(made daxmend fio-daxmend manual daxmend-copy daxmend-copy-static)
if(DAXMEND_GUEST)
  list(APPEND made firmware_tables)
endif()
add_custom_target(package
  COMMAND ${CMAKE_CPACK_COMMAND} --config ${CPACK_OUTPUT_CONFIG_FILE}
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  USES_TERMINAL VERBATIM)
foreach(target IN LISTS made)
  add_dependencies(package ${target})
endforeach()
