# SPDX-License-Identifier: GPL-2.0-only
#
# `cmake --install` leaves a script that removes what it put there, in
# share/daxmend of the installation, so that removing needs no build tree:
#
#   cmake -P PREFIX/share/daxmend/uninstall.cmake
#
# The target `uninstall` runs that of the configured prefix (below DESTDIR, if
# the environment has one). Packages have no such script: dpkg does that.
#
# Included before anything else is installed: the first step sees which
# directories are there already, the last one which files came.
set(daxmend_data ${CMAKE_INSTALL_DATADIR}/daxmend)
configure_file(${CMAKE_CURRENT_LIST_DIR}/record_directories.cmake.in
  ${PROJECT_BINARY_DIR}/packaging/record_directories.cmake @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/record_files.cmake.in
  ${PROJECT_BINARY_DIR}/packaging/record_files.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/packaging/record_directories.cmake)
function(daxmend_record_files)
  install(SCRIPT ${PROJECT_BINARY_DIR}/packaging/record_files.cmake)
endfunction()

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DPREFIX=${CMAKE_INSTALL_PREFIX}
          -DDATA=${daxmend_data}
          -P ${CMAKE_CURRENT_LIST_DIR}/uninstall_target.cmake
  VERBATIM)
