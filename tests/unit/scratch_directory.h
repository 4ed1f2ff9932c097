// SPDX-License-Identifier: GPL-2.0-only
//
// A test with an empty directory of its own, which is gone after it.

#ifndef DAXMEND_TESTS_UNIT_SCRATCH_DIRECTORY_H_
#define DAXMEND_TESTS_UNIT_SCRATCH_DIRECTORY_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace daxmend {

class InScratchDirectory : public testing::Test {
 protected:
  ~InScratchDirectory() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = [] {
    std::string name = std::filesystem::absolute(testing::TempDir()).string() +
                       "daxmend-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    return name;
  }();
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_SCRATCH_DIRECTORY_H_
