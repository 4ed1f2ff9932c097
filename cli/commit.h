// SPDX-License-Identifier: GPL-2.0-only
//
// The commit that was built (cmake/commit.cmake): "0123456789ab", with "+"
// behind it where files of the tree were changed; empty where that is not
// known.

#ifndef DAXMEND_CLI_COMMIT_H_
#define DAXMEND_CLI_COMMIT_H_

namespace daxmend {

extern const char kCommit[];

}  // namespace daxmend

#endif  // DAXMEND_CLI_COMMIT_H_
