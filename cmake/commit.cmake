# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DSOURCE=DIR -DTO=FILE -P commit.cmake: writes a C++ file that says of which
# commit the tree SOURCE is, "+" behind it where files were changed; of none where
# git does not know. FILE is written when that changes.
set(commit "")
if(EXISTS ${SOURCE}/.git)
  execute_process(
    COMMAND git -C ${SOURCE} describe --always --dirty=+ --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(commit "")
  endif()
endif()
set(text "// Written by cmake/commit.cmake.
#include \"cli/commit.h\"
namespace daxmend {
const char kCommit[] = \"${commit}\";
}
")
set(there "")
if(EXISTS ${TO})
  file(READ ${TO} there)
endif()
if(NOT text STREQUAL there)
  file(WRITE ${TO} "${text}")
endif()
