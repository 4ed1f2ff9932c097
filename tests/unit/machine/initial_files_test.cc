// SPDX-License-Identifier: GPL-2.0-only

#include "machine/initial_files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::EndsWith;

class InitialFilesTest : public InScratchDirectory {
 protected:
  InitialFilesTest() {
    request_.nvdimm = {.base = uint64_t{1} << 30, .size = uint64_t{64} << 20};
    request_.command = {"true"};
  }

  std::string Archive(const InitialInput& input) {
    MemoryFile initrd("a test");
    FillInitialFiles(request_, input, initrd);
    std::string bytes(initrd.size(), '\0');
    EXPECT_EQ(pread(initrd.fd(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
  }

  // Unpacks with cpio(1) and returns where; `names` is what is in it, in order.
  std::string Unpack(const std::string& archive) {
    std::ofstream(directory_ + "/archive") << archive;
    const std::string command =
        "cd " + directory_ +
        " && mkdir to && cd to && cpio --quiet -i "
        "<../archive && cpio --quiet -t <../archive >../names";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return directory_ + "/to";
  }

  GuestRequest request_;
};

TEST_F(InitialFilesTest, WithoutInputNothingTellsOfOne) {
  const std::string to = Unpack(Archive({}));
  char counter[32];
  std::snprintf(counter, sizeof counter, "counter=0x%llx\n",
                static_cast<unsigned long long>(
                    PlaceErrorTable(request_.nvdimm).boot_counter));
  EXPECT_EQ(ReadFile(to + "/daxmend/parameters"),
            std::string("nvdimm=nfit\nfilesystem=ext4\nmode=fsdax\nboots=1\n") +
                counter);
  EXPECT_FALSE(std::filesystem::exists(to + "/daxmend/input"));
}

TEST_F(InitialFilesTest, InputThatIsThereAsAWholeIsAFile) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7);
  const std::string to = Unpack(Archive({.whole = bytes, .parameters = ""}));
  EXPECT_EQ(ReadFile(to + "/daxmend/input"), bytes);
  EXPECT_THAT(ReadFile(to + "/daxmend/parameters"),
              EndsWith("input=/daxmend/input\n"));
}

TEST_F(InitialFilesTest, InputThatComesLaterIsOnlyToldOf) {
  const std::string to =
      Unpack(Archive({.whole = "", .parameters = "input=/run/input\n"}));
  EXPECT_FALSE(std::filesystem::exists(to + "/daxmend/input"));
  EXPECT_THAT(ReadFile(to + "/daxmend/parameters"),
              EndsWith("input=/run/input\n"));
}

TEST_F(InitialFilesTest, TheMarkOfAWholeArchiveComesLast) {
  std::ofstream(directory_ + "/added") << "x";
  request_.add = {directory_ + "/added"};
  Unpack(Archive({.whole = "input", .parameters = ""}));
  EXPECT_THAT(ReadFile(directory_ + "/names"),
              EndsWith("add/added\ndaxmend/input\ndaxmend/complete\n"));
}

TEST_F(InitialFilesTest, TheNumberOfNvdimmsIsToldWhenThereIsMoreThanOne) {
  request_.nvdimm.count = 2;
  EXPECT_THAT(ReadFile(Unpack(Archive({})) + "/daxmend/parameters"),
              EndsWith("count=2\n"));
}

}  // namespace
}  // namespace daxmend
