# SPDX-License-Identifier: GPL-2.0-only
#
# share/doc/PACKAGE, as Debian's policy has it: copyright, changelog.gz (ours) and
# changelog.Debian.gz (the package's).
find_program(GZIP gzip REQUIRED)
execute_process(COMMAND date -u -R -d ${release_date}
  OUTPUT_VARIABLE release_time OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
set(DAXMEND_MAINTAINER "The daxmend authors <maintainers@daxmend.example>" CACHE STRING
  "Maintainer of the packages, as NAME <ADDRESS>")
set(daxmend_package_version ${PROJECT_VERSION}-1)

foreach(package IN ITEMS
    daxmend fio-daxmend libdaxmend-copy1 libdaxmend-copy-dev)
  set(room ${CMAKE_CURRENT_BINARY_DIR}/doc/${package})
  file(CONFIGURE OUTPUT ${room}/changelog.Debian @ONLY CONTENT
"@package@ (@daxmend_package_version@) stable; urgency=medium

  * Packaged by CPack; changelog.gz has what is new.

 -- @DAXMEND_MAINTAINER@  @release_time@
")
  configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${room}/changelog COPYONLY)
  execute_process(COMMAND ${GZIP} -9nkf changelog changelog.Debian
    WORKING_DIRECTORY ${room} COMMAND_ERROR_IS_FATAL ANY)
  install(FILES debian/copyright ${room}/changelog.gz
                ${room}/changelog.Debian.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${package})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/daxmend COMPONENT daxmend)
