# SPDX-License-Identifier: GPL-2.0-only
# The target `uninstall`: PREFIX and DATA, share/daxmend.
set(script "$ENV{DESTDIR}${PREFIX}/${DATA}/uninstall.cmake")
if(NOT EXISTS "${script}")
  message(FATAL_ERROR "there is no ${script}: nothing was installed there by "
    "cmake --install; for another prefix run cmake -P "
    "PREFIX/${DATA}/uninstall.cmake")
endif()
include("${script}")
