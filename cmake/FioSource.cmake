# SPDX-License-Identifier: GPL-2.0-only
#
# The headers of fio, which an external ioengine compiles against. fio gives no
# binary compatibility between versions, so they must be those of exactly the
# fio that will load the engine.
#
#   FIO_SOURCE_DIR  a fio source tree of your own, configured (./configure).
#                   Default: the Debian source package of the installed fio,
#                   fetched once with apt into the build tree (fio_source.sh); no
#                   root needed.
#
# Gives the target daxmend_fio_headers and FIO_VERSION ("fio-3.33"), and says in
# the file fio.directory of the build tree which source it is.
#
# ./configure here need not find the libraries Debian's build had: in fio 3.33
# configuration changes the size of one union, the last member of struct io_u
# (io_u.h), which engines doing synchronous I/O do not touch.

set(FIO_SOURCE_DIR "" CACHE PATH
  "A configured fio source tree; empty: that of the installed fio, from Debian")

# Says it in one line: a FATAL_ERROR is broken into several, between places in
# CMake files.
function(daxmend_fio_stop text)
  message(NOTICE "daxmend: fio headers: ${text}")
  message(FATAL_ERROR "fio headers: see above")
endfunction()
function(daxmend_fio_fail what way_out)
  daxmend_fio_stop("${what}: ${way_out}, or pass -DFIO_SOURCE_DIR=DIRECTORY with \
the source of that fio after ./configure (./quickstart takes it, too)")
endfunction()

# The version a source tree builds: what its last build wrote down, what a
# release says, or what its version script falls back to (FIO-VERSION-GEN).
function(daxmend_fio_tree_version dir out)
  set(version "")
  if(EXISTS ${dir}/FIO-VERSION-FILE)
    file(READ ${dir}/FIO-VERSION-FILE version)
    string(REGEX REPLACE "^FIO_VERSION = " "" version "${version}")
  elseif(EXISTS ${dir}/version)
    file(READ ${dir}/version version)
  elseif(EXISTS ${dir}/FIO-VERSION-GEN)
    file(STRINGS ${dir}/FIO-VERSION-GEN version REGEX "^DEF_VER=" LIMIT_COUNT 1)
    string(REGEX REPLACE "^DEF_VER=" "" version "${version}")
  endif()
  string(STRIP "${version}" version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Fetches, unpacks and configures the source package `version` into `dir`.
function(daxmend_fio_fetch version dir)
  message(NOTICE "daxmend: fio headers: fetching the source of fio ${version}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
      sh ${PROJECT_SOURCE_DIR}/cmake/fio_source.sh
      ${PROJECT_SOURCE_DIR}/cmake/apt.sh ${PROJECT_BINARY_DIR}/apt ${version}
      ${dir}
    RESULT_VARIABLE status ERROR_VARIABLE error OUTPUT_QUIET)
  if(NOT status EQUAL 0)
    string(STRIP "${error}" error)
    string(REGEX REPLACE "^.*\n" "" error "${error}")
    daxmend_fio_fail("${error}" "check the network and apt's entries")
  endif()
  # One fio, one source: those of other versions were of fios that are gone.
  file(GLOB others ${PROJECT_BINARY_DIR}/fio/*/config-host.h)
  foreach(other IN LISTS others)
    cmake_path(GET other PARENT_PATH other)
    if(NOT other STREQUAL dir)
      file(REMOVE_RECURSE ${other})
    endif()
  endforeach()
endfunction()

if(FIO_SOURCE_DIR)
  set(daxmend_fio_dir ${FIO_SOURCE_DIR})
  if(NOT EXISTS ${daxmend_fio_dir}/fio.h)
    daxmend_fio_stop("${daxmend_fio_dir} has no fio.h: set FIO_SOURCE_DIR to the \
top of a fio source tree")
  elseif(NOT EXISTS ${daxmend_fio_dir}/config-host.h)
    daxmend_fio_stop("${daxmend_fio_dir} is not configured: run ./configure there")
  endif()
  daxmend_fio_tree_version(${daxmend_fio_dir} FIO_VERSION)
else()
  find_program(FIO_EXECUTABLE fio)
  mark_as_advanced(FIO_EXECUTABLE)
  if(NOT FIO_EXECUTABLE)
    daxmend_fio_fail("fio is not installed" "apt install fio")
  endif()
  execute_process(COMMAND ${FIO_EXECUTABLE} --version
    OUTPUT_VARIABLE FIO_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND dpkg-query -W -f "\${source:Version}" fio
    OUTPUT_VARIABLE daxmend_fio_package ERROR_QUIET)
  if(NOT daxmend_fio_package)
    daxmend_fio_fail("${FIO_EXECUTABLE} is not from a Debian package"
      "apt install fio")
  endif()
  set(daxmend_fio_dir ${PROJECT_BINARY_DIR}/fio/${daxmend_fio_package})
  if(NOT EXISTS ${daxmend_fio_dir}/config-host.h)
    daxmend_fio_fetch(${daxmend_fio_package} ${daxmend_fio_dir})
  endif()
  daxmend_fio_tree_version(${daxmend_fio_dir} daxmend_fio_tree)
  if(NOT daxmend_fio_tree STREQUAL FIO_VERSION)
    daxmend_fio_fail("${FIO_EXECUTABLE} is ${FIO_VERSION}, Debian's package \
${daxmend_fio_package} is ${daxmend_fio_tree}"
      "put Debian's fio first in PATH")
  endif()
endif()

add_library(daxmend_fio_headers INTERFACE)
target_include_directories(daxmend_fio_headers SYSTEM INTERFACE
  ${daxmend_fio_dir})
target_compile_definitions(daxmend_fio_headers INTERFACE
  _GNU_SOURCE DAXMEND_FIO_VERSION="${FIO_VERSION}")
# For who talks to servers: what this fio is, and the protocol it speaks.
file(STRINGS ${daxmend_fio_dir}/server.h daxmend_fio_server
  REGEX "FIO_SERVER_VER[ \t]*=" LIMIT_COUNT 1)
string(REGEX MATCH "[0-9]+" daxmend_fio_server "${daxmend_fio_server}")
configure_file(${PROJECT_SOURCE_DIR}/core/fio_built_for.h.in
  ${PROJECT_BINARY_DIR}/generated/core/fio_built_for.h @ONLY)
# fio's own build force-includes what ./configure found.
target_compile_options(daxmend_fio_headers INTERFACE
  "SHELL:-include ${daxmend_fio_dir}/config-host.h")
file(WRITE ${PROJECT_BINARY_DIR}/fio.directory "${daxmend_fio_dir}\n")
message(STATUS "fio headers: ${FIO_VERSION} in ${daxmend_fio_dir}")
