// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/guest_image.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

class GuestImageTest : public InScratchDirectory {
 protected:
  void SetUp() override {
    Write("images", "first\nsecond\n");
    Write("first/version", "6.1.0-56-amd64\n");
    Write("second/version", "6.12.117+deb12-amd64\n");
  }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << content;
    return path;
  }
};

TEST_F(GuestImageTest, StockIsTheFirst) {
  const GuestImage image = FindGuestImage(directory_, "stock");
  EXPECT_EQ(image.version, "6.1.0-56-amd64");
  EXPECT_EQ(image.kernel, directory_ + "/first/kernel");
  EXPECT_THAT(image.archives, Contains(directory_ + "/first/modules.cpio.zst"));
}

TEST_F(GuestImageTest, AVersionIsAPrefixOfWholeParts) {
  EXPECT_EQ(FindGuestImage(directory_, "6.12").version, "6.12.117+deb12-amd64");
  EXPECT_EQ(FindGuestImage(directory_, "6.1").version, "6.1.0-56-amd64");
  EXPECT_EQ(FindGuestImage(directory_, "6.12.117").version,
            "6.12.117+deb12-amd64");
}

TEST_F(GuestImageTest, AKernelThatIsNotThereIsToldFromTheOnesThatAre) {
  EXPECT_THAT([&] { FindGuestImage(directory_, "5.10"); },
              ThrowsMessage<Error>(HasSubstr("6.12.117+deb12-amd64")));
  EXPECT_THROW(FindGuestImage(directory_, ""), Error);
}

TEST_F(GuestImageTest, AKernelBuiltOnDemandIsFoundByNameWhenItIsThere) {
  EXPECT_THAT([&] { FindGuestImage(directory_, "flag"); },
              ThrowsMessage<Error>(HasSubstr("./quickstart kernels")));
  Write("flag/version", "6.1.192-daxmend-flag\n");
  EXPECT_EQ(FindGuestImage(directory_, "flag").version, "6.1.192-daxmend-flag");
  EXPECT_EQ(FindGuestImage(directory_, "6.1").version, "6.1.0-56-amd64");
}

TEST_F(GuestImageTest, AFileGetsTheModulesOfItsVersionOrNone) {
  const std::string known =
      Write("a/known",
            "\x7f"
            "ELF Linux version %s Linux version 6.12.117+deb12-amd64 (x)");
  const GuestImage image = FindGuestImage(directory_, known);
  EXPECT_EQ(image.kernel, known);
  EXPECT_THAT(image.archives,
              Contains(directory_ + "/second/modules.cpio.zst"));
  const std::string other = Write("a/other", "Linux version 7.0.0 (x)");
  EXPECT_THAT(FindGuestImage(directory_, other).archives,
              Not(Contains(EndsWith("modules.cpio.zst"))));
}

TEST_F(GuestImageTest, ABzImageTellsItsVersionByItsHeader) {
  std::string image(0x1000, '\0');
  image.replace(0x202, 4, "HdrS");
  image[0x20e] = 0x00;
  image[0x20f] = 0x05;
  image.replace(0x700, 20, "6.1.0-56-amd64 (who)");
  EXPECT_EQ(KernelVersion(Write("bzImage", image)), "6.1.0-56-amd64");
  EXPECT_EQ(KernelVersion(Write("short", "MZ")), "");
}

TEST_F(GuestImageTest, AKernelFileThatIsNotThereIsNamed) {
  EXPECT_THAT([&] { FindGuestImage(directory_, "./missing-kernel"); },
              ThrowsMessage<Error>(HasSubstr("./missing-kernel")));
}

}  // namespace
}  // namespace daxmend
