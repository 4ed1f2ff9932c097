// SPDX-License-Identifier: GPL-2.0-only

#include "system/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class InputFile : public InScratchDirectory {
 protected:
  const std::string path_ = directory_ + "/f";
};

TEST_F(InputFile, GivesAFileWhole) {
  const std::string text(200000, 'x');
  std::ofstream(path_) << text;
  EXPECT_EQ(ReadInputFile(path_, 1 << 20), text);
  EXPECT_EQ(ReadInputFile(path_, text.size()), text);
  EXPECT_THAT([&] { ReadInputFile(path_, text.size() - 1); },
              ThrowsMessage<Error>(HasSubstr("more than 199999 bytes")));
}

TEST_F(InputFile, DoesNotWaitForAFifoThatNobodyWritesTo) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ReadInputFile(path_, 100), "");
}

TEST_F(InputFile, ReadsAPipeToItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "plan", 4), 4);
  close(ends[1]);
  EXPECT_EQ(ReadInputFile("/dev/fd/" + std::to_string(ends[0]), 100), "plan");
  close(ends[0]);
}

TEST_F(InputFile, RefusesWhatHasNoEnd) {
  ASSERT_EQ(symlink("/dev/zero", path_.c_str()), 0);
  for (const std::string& path : {path_, directory_})
    EXPECT_THAT([&] { ReadInputFile(path, 100); },
                ThrowsMessage<Error>(HasSubstr("neither a regular file")));
}

}  // namespace
}  // namespace daxmend
