// SPDX-License-Identifier: GPL-2.0-only
//
// Device-dax out of a sysfs of our own.

#include "device/dax/dax_node.h"

#include <gmock/gmock.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

class DaxSysfs : public InScratchDirectory {
 protected:
  const std::string devices_ = directory_ + "/bus/dax/devices";

  // A device below `parent`.
  void Add(const std::string& parent, const std::string& name,
           const std::string& driver, const std::string& size = "8388608",
           const std::string& align = "2097152") {
    const fs::path at = fs::path(directory_) / "devices" / parent / name;
    fs::create_directories(at);
    fs::create_directories(devices_);
    std::ofstream(at / "size") << size << "\n";
    std::ofstream(at / "align") << align << "\n";
    std::ofstream(at / "dev") << "251:7\n";
    if (!driver.empty())
      fs::create_symlink("../../drivers/" + driver, at / "driver");
    fs::create_symlink(at, devices_ + "/" + name);
  }
  DaxNode Of(const std::string& name) {
    const auto node = FindDaxNode(name, devices_);
    EXPECT_TRUE(node);
    return node.value_or(DaxNode{});
  }
};

TEST_F(DaxSysfs, ANamespaceIsFoundByWhatItIsAPartOf) {
  Add("ndbus0/region2/dax2.1", "dax2.0", "device_dax");
  const auto node = DaxNodeOn("region2", "dax2.1", devices_);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->name, "dax2.0");
  EXPECT_EQ(node->size, 8388608u);
  EXPECT_NO_THROW(RequirePersistent(*node));
  EXPECT_FALSE(DaxNodeOn("region2", "dax2.0", devices_));
  EXPECT_FALSE(DaxNodeOn("region1", "dax2.1", devices_));
}

TEST_F(DaxSysfs, ItIsFoundByItsNumber) {
  Add("ndbus0/region0/dax0.0", "dax0.0", "device_dax");
  ASSERT_TRUE(DaxNodeOf(makedev(251, 7), devices_));
  EXPECT_FALSE(DaxNodeOf(makedev(251, 8), devices_));
}

TEST_F(DaxSysfs, OnlyWholeUnitsOfItsAlignmentCanBeMapped) {
  Add("ndbus0/region0/dax0.0", "dax0.0", "device_dax", "8392704");
  EXPECT_EQ(Of("dax0.0").mappable(), 8388608u);
  Add("ndbus0/region1/dax1.0", "dax1.0", "device_dax", "4096");
  EXPECT_THAT([&] { RequireMappable(Of("dax1.0")); },
              Throws<Error>(Property(
                  &Error::what, HasSubstr("4096 bytes, less than the 2097152 "
                                          "to which mappings are aligned"))));
}

TEST_F(DaxSysfs, SystemRamIsRefusedWithTheReason) {
  Add("ndbus0/region0/dax0.0", "dax0.0", "kmem");
  EXPECT_THAT(
      [&] { RequireMappable(Of("dax0.0")); },
      Throws<Error>(Property(&Error::what, HasSubstr("is system RAM now"))));
}

TEST_F(DaxSysfs, WithoutADriverItIsRefused) {
  Add("ndbus0/region0/dax0.0", "dax0.0", "");
  EXPECT_THAT(
      [&] { RequireMappable(Of("dax0.0")); },
      Throws<Error>(Property(&Error::what, HasSubstr("has no driver"))));
}

TEST_F(DaxSysfs, VolatileMemoryCanBeMappedAndHasNoList) {
  Add("platform/hmem.0", "dax4.0", "device_dax");
  EXPECT_NO_THROW(RequireMappable(Of("dax4.0")));
  EXPECT_THAT([&] { RequirePersistent(Of("dax4.0")); },
              Throws<Error>(Property(&Error::what,
                                     HasSubstr("volatile memory (hmem.0)"))));
}

TEST_F(DaxSysfs, WhatIsNoneIsNone) {
  fs::create_directories(devices_);
  EXPECT_FALSE(FindDaxNode("dax9.0", devices_));
  EXPECT_FALSE(FindDaxNode("../devices", devices_));
  EXPECT_FALSE(DaxNodeOfPath("/dev/null", devices_));
  EXPECT_FALSE(DaxNodeOfPath(directory_, devices_));
}

}  // namespace
}  // namespace daxmend
