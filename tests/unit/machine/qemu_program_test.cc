// SPDX-License-Identifier: GPL-2.0-only

#include "machine/qemu_program.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class QemuProgramTest : public InScratchDirectory {
 protected:
  void Fetched(const std::string& name, const std::string& version) {
    std::filesystem::create_directories(directory_ + "/" + name);
    std::ofstream(directory_ + "/" + name + "/version") << version << "\n";
  }
  std::string Find(const std::string& qemu) {
    return FindQemu(directory_, qemu);
  }
};

TEST_F(QemuProgramTest, AProgramIsTakenAsItIs) {
  Fetched("backports", "11.1.3");
  EXPECT_EQ(Find("qemu-system-x86_64"), "qemu-system-x86_64");
  EXPECT_EQ(Find("/opt/qemu-11/qemu"), "/opt/qemu-11/qemu");
  EXPECT_EQ(Find("./11"), "./11");
}

TEST_F(QemuProgramTest, AVersionIsAPrefixOfWholePartsAndTheNewestOfThose) {
  Fetched("a", "10.0.13");
  Fetched("b", "11.1.3");
  Fetched("c", "11.1.10");
  Fetched("d", "110.0.0");
  EXPECT_EQ(Find("11"), directory_ + "/c/qemu-system-x86_64");
  EXPECT_EQ(Find("11.1.3"), directory_ + "/b/qemu-system-x86_64");
  EXPECT_EQ(Find("10.0"), directory_ + "/a/qemu-system-x86_64");
  EXPECT_THROW(Find("1"), Error);
  EXPECT_THROW(Find("11.1.1"), Error);
}

TEST_F(QemuProgramTest, AVersionThatIsNotThereSaysHowToGetOne) {
  Fetched("a", "10.0.13");
  std::filesystem::create_directories(directory_ + "/half");
  EXPECT_THAT([&] { Find("11.1"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("QEMU 11.1 was not fetched"),
                                         HasSubstr("10.0.13"),
                                         HasSubstr("./quickstart qemu"))));
  EXPECT_THAT([&] { FindQemu(directory_ + "/missing", "11"); },
              ThrowsMessage<Error>(HasSubstr("there is none")));
}

}  // namespace
}  // namespace daxmend
