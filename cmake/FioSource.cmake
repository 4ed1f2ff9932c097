# SPDX-License-Identifier: GPL-2.0-only
#
# The headers of fio, which an external ioengine compiles against. fio gives no
# binary compatibility between versions, so they must be those of exactly the
# fio that will load the engine.
#
#   FIO_SOURCE_DIR  a fio source tree of your own, configured (./configure).
#                   Default: the Debian source package of the installed fio,
#                   fetched once with apt into the build tree. The source
#                   entries are made from the machine's own apt configuration,
#                   which stays as it is; no root needed.
#
# Gives the target daxmend_fio_headers and FIO_VERSION ("fio-3.33").
#
# ./configure here need not find the libraries Debian's build had: in fio 3.33
# configuration changes the size of one union, the last member of struct io_u
# (io_u.h), which engines doing synchronous I/O do not touch.

set(FIO_SOURCE_DIR "" CACHE PATH
  "A configured fio source tree; empty: that of the installed fio, from Debian")

# One line, whatever was printed before.
function(daxmend_fio_fail what way_out)
  message(FATAL_ERROR "fio headers: ${what}: ${way_out}, or pass "
    "-DFIO_SOURCE_DIR= with a fio source tree that was configured.")
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

# Writes deb-src entries for every deb entry of the machine into `dir`.
function(daxmend_fio_source_entries dir)
  execute_process(
    COMMAND apt-config shell
      LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d
    OUTPUT_VARIABLE places RESULT_VARIABLE status ERROR_QUIET)
  if(NOT status EQUAL 0)
    daxmend_fio_fail("there is no apt on this machine" "build on Debian")
  endif()
  string(REGEX REPLACE ".*LIST='([^']*)'.*" "\\1" list "${places}")
  string(REGEX REPLACE ".*PARTS='([^']*)'.*" "\\1" parts "${places}")
  file(GLOB files ${list} ${parts}/*.list ${parts}/*.sources)
  file(REMOVE_RECURSE ${dir})
  set(entries 0)
  foreach(from IN LISTS files)
    file(READ ${from} text)
    if(from MATCHES "\\.sources$")
      string(REGEX REPLACE "(^|\n)Types:[^\n]*" "\\1Types: deb-src" text
        "${text}")
    else()
      string(REGEX REPLACE "(^|\n)deb[ \t]+cdrom:[^\n]*" "\\1" text "${text}")
      string(REGEX REPLACE "(^|\n)deb([ \t])" "\\1deb-src\\2" text "${text}")
    endif()
    if(text MATCHES "deb-src")
      get_filename_component(name ${from} NAME)
      file(WRITE ${dir}/${name} "${text}")
      math(EXPR entries "${entries} + 1")
    endif()
  endforeach()
  if(entries EQUAL 0)
    daxmend_fio_fail("apt has no source entry" "add one to ${parts}")
  endif()
endfunction()

# Fetches, unpacks and configures the source package `version` into `dir`.
function(daxmend_fio_fetch version dir)
  find_program(DPKG_SOURCE_EXECUTABLE dpkg-source)
  mark_as_advanced(DPKG_SOURCE_EXECUTABLE)
  if(NOT DPKG_SOURCE_EXECUTABLE)
    daxmend_fio_fail("dpkg-source is missing" "apt install dpkg-dev")
  endif()
  set(work ${dir}.part)
  file(REMOVE_RECURSE ${work})
  file(MAKE_DIRECTORY ${work}/lists/partial ${work}/cache/archives/partial)
  daxmend_fio_source_entries(${work}/entries)
  set(apt apt-get -q
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=${work}/entries
    -o Dir::State::lists=${work}/lists -o Dir::Cache=${work}/cache
    -o APT::Sandbox::User=root -o Acquire::Retries=2)
  message(STATUS "Fetching the source package of fio ${version}")
  # An entry without sources (a third party's) fails here without harm: what
  # counts is whether the package comes.
  execute_process(COMMAND ${apt} update
    OUTPUT_FILE ${dir}.log ERROR_FILE ${dir}.log)
  execute_process(
    COMMAND ${apt} --download-only --only-source source fio=${version}
    WORKING_DIRECTORY ${work} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  file(APPEND ${dir}.log "${output}")
  file(GLOB dsc ${work}/fio_*.dsc)
  if(NOT status EQUAL 0 OR NOT dsc)
    daxmend_fio_fail("apt could not fetch the source of fio ${version} "
      "(see ${dir}.log); check the network and apt's entries")
  endif()
  execute_process(
    COMMAND ${DPKG_SOURCE_EXECUTABLE} --no-check -x ${dsc} source
    WORKING_DIRECTORY ${work} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  file(APPEND ${dir}.log "${output}")
  if(status EQUAL 0)
    execute_process(
      COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
        ./configure --disable-native
      WORKING_DIRECTORY ${work}/source RESULT_VARIABLE status
      OUTPUT_VARIABLE output ERROR_VARIABLE output)
    file(APPEND ${dir}.log "${output}")
  endif()
  if(NOT status EQUAL 0)
    daxmend_fio_fail("unpacking or configuring fio ${version} failed"
      "see ${dir}.log")
  endif()
  file(RENAME ${work}/source ${dir})
  file(REMOVE_RECURSE ${work})
endfunction()

if(FIO_SOURCE_DIR)
  set(daxmend_fio_dir ${FIO_SOURCE_DIR})
  if(NOT EXISTS ${daxmend_fio_dir}/fio.h)
    message(FATAL_ERROR "fio headers: ${daxmend_fio_dir} has no fio.h: set "
      "FIO_SOURCE_DIR to the top of a fio source tree.")
  elseif(NOT EXISTS ${daxmend_fio_dir}/config-host.h)
    message(FATAL_ERROR "fio headers: ${daxmend_fio_dir} is not configured: "
      "run ./configure there.")
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
# fio's own build force-includes what ./configure found.
target_compile_options(daxmend_fio_headers INTERFACE
  "SHELL:-include ${daxmend_fio_dir}/config-host.h")
message(STATUS "fio headers: ${FIO_VERSION} in ${daxmend_fio_dir}")
